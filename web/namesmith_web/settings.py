"""The settings of the front."""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_SERVER = "127.0.0.1:50051"
"""The gRPC server that front and command line call unless told otherwise."""


@dataclass(frozen=True)
class Settings:
    """The settings of the front, checked.

    Attributes:
        host: host that the front listens on.
        port: port that the front listens on; 0: any free one.
        server: host:port of the gRPC server, or any gRPC target.
        with_server: whether a gRPC server is started beside the front, in place of ``server``.
        tls: whether the gRPC server is called by TLS.
        tls_roots: PEM file with the authorities that may have signed the certificate of the gRPC
            server, which is then called by TLS; None: the authorities that gRPC trusts by default.
        sends_tokens_unencrypted: whether tokens may be sent to another machine without TLS.
        origins: origins beside the front's own whose pages may call, such as ``https://a.example``.
        rate: calls a second that one address may make; 0: any number.
        max_calls: largest number of calls in flight.
        max_calls_per_address: largest number of calls in flight of one address; None: a quarter of
            ``max_calls``, rounded up.
        max_connections_per_address: largest number of connections of one address.
        max_request_bytes: size in bytes of the largest request, decompressed.
        timeout: seconds that a call may take.
        grace: seconds that calls in flight have to end after SIGTERM.
        opens_browser: whether the page is opened in a browser, where there is one.
    """

    host: str
    port: int
    server: str
    with_server: bool
    tls: bool
    tls_roots: Path | None
    sends_tokens_unencrypted: bool
    origins: frozenset[str]
    rate: float
    max_calls: int
    max_calls_per_address: int | None
    max_connections_per_address: int
    max_request_bytes: int
    timeout: float
    grace: float
    opens_browser: bool

    @property
    def calls_of_one(self) -> int:
        """The largest number of calls in flight of one address."""
        return self.max_calls_per_address or -(-self.max_calls // 4)
