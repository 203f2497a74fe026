"""The certificates that new connections meet: replaced on disk, they serve within seconds.

gRPC asks for the certificates at every handshake, in a thread of its own. Connections that stand
go on with those that they began with.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from namesmith_server.app.errors import PortError
from namesmith_server.app.file_watch import FileWatch
from namesmith_server.app.settings import Settings

if TYPE_CHECKING:
    from namesmith_server.app.transport.tls import KeyPair


class Certificates:
    """The server's key pair, and the authorities of its clients where these need certificates."""

    def __init__(self, key: Path, certificate: Path, client_ca: Path | None) -> None:
        """Read the files.

        Args:
            key: PEM file of the private key.
            certificate: PEM file of the certificate chain.
            client_ca: PEM file of the authorities of the clients' certificates; None: clients need
                none.

        Raises:
            PortError: a file is missing, holds nothing that is expected in it, or no client would
                accept it.
        """
        self._key, self._certificate, self._client_ca = key, certificate, client_ca
        self._pair: KeyPair
        self._served: Any
        self._given: list[Any] = []  # gRPC asks these for certificates as long as it listens
        files = [key, certificate] if client_ca is None else [key, certificate, client_ca]
        self._watch = FileWatch(files, self._load, "certificates")
        self._watch.start()

    @property
    def ends(self) -> float:
        """The end of the served certificate, in seconds since 1970."""
        return self._pair.ends.timestamp()

    def on_reload(self, act: Callable[[str], object]) -> None:
        """Have ``act`` called with the outcome of each reload, ``loaded`` or ``refused``."""
        self._watch.on_reload = act

    def credentials(self) -> grpc.ServerCredentials:
        """Return credentials for one address; each address needs its own."""
        given = self._served

        def newer() -> Any:  # noqa: ANN401 - gRPC's configuration has no type
            """Return the certificates unless gRPC has them already."""
            nonlocal given
            if given is self._served:
                return None
            given = self._served
            return given

        required = self._client_ca is not None
        credentials = grpc.dynamic_ssl_server_credentials(given, newer, required)
        self._given.append(credentials)
        return credentials

    def _load(self) -> None:
        from namesmith_server.app.transport.tls import (  # noqa: PLC0415 - where TLS is served
            load_authorities,
            load_key_pair,
        )

        try:
            authorities = None if self._client_ca is None else load_authorities(self._client_ca)
            pair = load_key_pair(self._key, self._certificate)
        except OSError as error:
            raise PortError(f"{error.filename}: {error.strerror}") from error
        both = [(pair.key, pair.chain)]
        self._served = grpc.ssl_server_certificate_configuration(both, authorities)
        self._pair = pair


def open_certificates(settings: Settings) -> Certificates | None:
    """Return the certificates of the settings; None where TLS is not served.

    Raises:
        PortError: a file cannot be served.
    """
    if settings.tls_key is None or settings.tls_certificate is None:
        return None
    return Certificates(settings.tls_key, settings.tls_certificate, settings.tls_client_ca)
