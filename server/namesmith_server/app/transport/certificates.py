"""The certificates that new connections meet: replaced on disk, they serve within seconds.

gRPC asks for the certificates at every handshake, in a thread of its own. Connections that stand
go on with those that they began with.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from namesmith_server.app.errors import PortError
from namesmith_server.app.file_watch import FileWatch
from namesmith_server.app.good_files import Contents, WorkerSettings
from namesmith_server.app.settings import Settings

if TYPE_CHECKING:
    from namesmith_server.app.transport.tls import KeyPair

PAIR = 2
"""Number of files of the key pair, which stand before the authorities."""

NOUNS = "certificates"
"""Noun of the files in the log."""


class Certificates:
    """The server's key pair, and the authorities of its clients where these need certificates."""

    def __init__(self, files: Sequence[Path], good: Contents | None) -> None:
        """Read the files.

        Args:
            files: PEM files of the private key, of the certificate chain, and of the authorities of
                the clients' certificates, without which clients need none.
            good: contents that are served where the files have a fault; None: there are none.

        Raises:
            PortError: a file is missing, holds nothing that is expected in it, or no client would
                accept it.
        """
        self._needs_clients = len(files) > PAIR
        self._pair: KeyPair
        self._served: Any
        self._given: list[Any] = []  # gRPC asks these for certificates as long as it listens
        self._watch = FileWatch(files, self._load, NOUNS, good)
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

        credentials = grpc.dynamic_ssl_server_credentials(given, newer, self._needs_clients)
        self._given.append(credentials)
        return credentials

    def _load(self, files: Sequence[Path]) -> None:
        pair, authorities = _read(files, warns=True)
        both = [(pair.key, pair.chain)]
        self._served = grpc.ssl_server_certificate_configuration(both, authorities)
        self._pair = pair


def open_certificates(settings: Settings) -> Certificates | None:
    """Return the certificates of the settings; None where TLS is not served.

    Raises:
        PortError: a file cannot be served.
    """
    files = _files(settings)
    good = settings.good_certificates if isinstance(settings, WorkerSettings) else None
    return Certificates(files, good) if files else None


def watch_certificates(settings: Settings) -> FileWatch | None:
    """Return a silent watch of the files, which are not served; None where TLS is not served.

    Raises:
        PortError: a file cannot be served.
    """
    files = _files(settings)
    return FileWatch(files, partial(_read, warns=False), NOUNS, is_quiet=True) if files else None


def _files(settings: Settings) -> list[Path]:
    """Return the files of a server's TLS; none where TLS is not served."""
    files = (settings.tls_key, settings.tls_certificate, settings.tls_client_ca)
    return [one for one in files if one is not None]


def _read(files: Sequence[Path], *, warns: bool) -> tuple["KeyPair", bytes | None]:
    """Return the key pair of files, and the authorities where there is a file of them."""
    from namesmith_server.app.transport.tls import (  # noqa: PLC0415 - where TLS is served
        load_authorities,
        load_key_pair,
    )

    try:
        authorities = [load_authorities(one, warns=warns) for one in files[PAIR:]]
        pair = load_key_pair(*files[:PAIR], warns=warns)
    except OSError as error:
        raise PortError(f"{error.filename}: {error.strerror}") from error
    return pair, authorities[0] if authorities else None
