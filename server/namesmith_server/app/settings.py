"""The server's settings: plain data. ``cli`` reads them from options and the environment."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from namesmith.limits import DEFAULT_MAX_SYMBOLS
from namesmith_server.app.version_policy import VersionPolicy
from namesmith_server.backends import AUTO

EMBEDDED = Path(__file__).parents[1] / "models"
"""The repository of bundles that ships inside the package."""

EMBEDDED_DEFAULT = "us-names"
"""The model of the embedded repository that is served unless other models are asked for."""

BackendName = str
"""The name of a registered backend, or ``AUTO``."""

LogLevel = Literal["debug", "info", "warning", "error"]

CANCEL_GRACE = 5
"""Seconds in which the final status is delivered to cancelled calls whose client still reads. The
status follows the chunks in flight, for which a client on a busy machine took longer than one
second; the drain ends as soon as every status is delivered."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of a server.

    Attributes:
        models: repository of bundles.
        only: names of the models to serve; empty: every model of the repository, but of
            ``EMBEDDED`` the model ``EMBEDDED_DEFAULT`` alone.
        default_model: model that answers calls without a model's name; empty: the first by
            name at the start, for as long as it is served.
        address: HOST:PORT or unix:PATH to listen on; port 0: any free port.
        backend: name of the backend that computes the probabilities.
        device: device that the backend computes on.
        workers: number of processes behind the port, in [1, 256].
        threads: number of threads of the backend's runtime, in [1, 256].
        max_symbols: cost limit of a unary call, count x max_length, in [1, 10^9].
        max_names: largest number of names that all calls together may have in work, in [1, 10^9];
            the calls of one caller, or of a connection of an unknown one, at most two thirds of it.
        memory_limit: bytes of memory that the server may hold, in [64 MiB, 1 PiB]; 0: a share of
            the memory that this process may use.
        load_timeout: seconds that the load of one model version may take, in [1, 3600].
        trusted_keys: PEM file of the Ed25519 public keys, one of which must have signed a bundle;
            None: bundles need no signature.
        versions: words of the version policy: ``latest``, ``latest:N``, or MODEL/VERSION; a model
            with given versions serves these alone.
        watch: seconds between two looks at the repository, in [0, 86400]; 0: none.
        strict: whether a model of the repository without a valid version stops the start.
        admin_address: HOST:PORT or unix:PATH of the admin service; empty: it is not served.
        metrics_address: HOST:PORT of the Prometheus endpoint; empty: it is not served.
        access_log_sample: share of the calls that have a line in the access log, in [0, 1];
            refused calls always have one.
        otlp_endpoint: URL of the OpenTelemetry collector of traces and metrics; empty: none.
        drain_delay_seconds: seconds after SIGTERM in which health is NOT_SERVING and new calls are
            still served, in [0, 3600].
        grace_seconds: seconds that calls in flight have to end after the drain delay, in [0, 3600].
        max_connection_age: seconds after which a connection is told to end behind its calls, in
            [0, 10^7]; 0: never.
        reflection: whether gRPC reflection is served.
        oip: whether the Open Inference Protocol is served.
        tls_certificate: PEM file of the certificate chain; None: TLS is not served.
        tls_key: PEM file of the private key; None if and only if ``tls_certificate`` is None.
        tls_client_ca: PEM file of the authorities, one of which must have signed the certificate of
            every client; None: clients need no certificate.
        tokens_file: file of the callers' tokens, a name and a SHA-256 a line; None: callers need no
            token.
        key_secret: name and file of each secret that calls may name keys with by the secret's name.
        excludes_file: file of the texts that stand in no name, a text a line; None: any may.
        max_caller_names: largest number of names that the calls of one caller may have in work, in
            [0, 10^9]; 0: no bound beside the share of a connection.
        max_caller_rate: largest number of calls a second of one caller, in [0, 10^9]; 0: no bound.
        log_level: least level of the messages that are logged.

    Raises:
        ValueError: one of ``tls_certificate`` and ``tls_key`` is given without the other, or
            ``tls_client_ca`` without both; or a word of the version policy is none; or a secret's
            name is given twice.
    """

    models: Path = EMBEDDED
    only: tuple[str, ...] = ()
    default_model: str = ""
    address: str = "127.0.0.1:50051"
    backend: BackendName = AUTO
    device: str = "cpu"
    workers: int = 1
    threads: int = 1
    max_symbols: int = DEFAULT_MAX_SYMBOLS
    max_names: int = 375_000
    memory_limit: int = 0
    load_timeout: float = 60.0
    trusted_keys: Path | None = None
    versions: tuple[str, ...] = ("latest",)
    watch: float = 0.0
    strict: bool = False
    admin_address: str = ""
    metrics_address: str = ""
    access_log_sample: float = 0.01
    otlp_endpoint: str = ""
    drain_delay_seconds: float = 0.5
    grace_seconds: float = 20.0
    max_connection_age: float = 1800.0
    reflection: bool = False
    oip: bool = True
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    tokens_file: Path | None = None
    key_secret: tuple[tuple[str, Path], ...] = ()
    excludes_file: Path | None = None
    max_caller_names: int = 0
    max_caller_rate: float = 0.0
    log_level: LogLevel = "info"

    def __post_init__(self) -> None:
        # One file alone must not start a server without TLS.
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("--tls-certificate and --tls-key go together")
        if self.tls_client_ca is not None and self.tls_certificate is None:
            raise ValueError("--tls-client-ca needs --tls-certificate and --tls-key")
        names = [name for name, _ in self.key_secret]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"--key-secret: {name} is given {names.count(name)} times")
        VersionPolicy.parse(self.versions)

    @property
    def stopping_seconds(self) -> float:
        """Seconds from the signal that stops the server to the end of the grace."""
        return self.drain_delay_seconds + self.grace_seconds

    @property
    def wanted(self) -> tuple[str, ...]:
        """Names of the models to serve; empty: every model of the repository."""
        if not self.only and self.models == EMBEDDED:
            return (EMBEDDED_DEFAULT,)
        return self.only
