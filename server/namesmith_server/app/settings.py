"""The server's settings: plain data. ``cli`` reads them from options and the environment."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from namesmith.limits import DEFAULT_MAX_SYMBOLS
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
        default_model: model that answers calls without a model's name; empty: the first by name.
        address: HOST:PORT or unix:PATH to listen on; port 0: any free port.
        backend: name of the backend that computes the probabilities.
        device: device that the backend computes on.
        workers: number of processes behind the port, in [1, 256].
        threads: number of threads of the backend's runtime, in [1, 256].
        max_symbols: cost limit of a unary call, count x max_length, in [1, 10^9].
        max_names: largest number of names that all calls together may have in work, in [1, 10^9];
            the calls of one connection at most two thirds of it.
        memory_limit: bytes of memory that the server may hold, in [64 MiB, 1 PiB]; 0: a share of
            the memory that this process may use.
        load_timeout: seconds that the load of one model version may take, in [1, 3600].
        trusted_keys: PEM file of the Ed25519 public keys, one of which must have signed a bundle;
            None: bundles need no signature.
        grace_seconds: seconds that calls in flight have to end after SIGTERM, in [0, 3600].
        reflection: whether gRPC reflection is served.
        tls_certificate: PEM file of the certificate chain; None: TLS is not served.
        tls_key: PEM file of the private key; None if and only if ``tls_certificate`` is None.
        log_level: least level of the messages that are logged.

    Raises:
        ValueError: one of ``tls_certificate`` and ``tls_key`` is given without the other.
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
    grace_seconds: float = 20.0
    reflection: bool = False
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    log_level: LogLevel = "info"

    def __post_init__(self) -> None:
        # One file alone must not start a server without TLS.
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("--tls-certificate and --tls-key go together")

    @property
    def wanted(self) -> tuple[str, ...]:
        """Names of the models to serve; empty: every model of the repository."""
        if not self.only and self.models == EMBEDDED:
            return (EMBEDDED_DEFAULT,)
        return self.only
