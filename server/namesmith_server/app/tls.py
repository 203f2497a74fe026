"""The TLS pair, looked at before gRPC, which does not say what is wrong with it."""

import ssl
from pathlib import Path

from namesmith_server.app.errors import PortError


def pair(key: Path, certificate: Path) -> tuple[bytes, bytes]:
    """The bytes of the private key and of the certificate chain.

    Raises:
        PortError: one cannot be read or holds no such thing, or they do not go together.
        OSError: one cannot be read.
    """
    both = key.read_bytes(), certificate.read_bytes()
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(certificate)
    except ssl.SSLError as error:
        raise PortError(f"{certificate}: holds no certificate in PEM form") from error
    try:
        # A passphrase is not asked for on a terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, lambda: b"")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise PortError(f"{key}: is not the key of {certificate}") from error
        raise PortError(f"{key}: holds no private key in PEM form without a passphrase") from error
    return both
