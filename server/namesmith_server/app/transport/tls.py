"""The TLS key pair, checked without gRPC, whose errors do not say what is wrong."""

import ssl
from pathlib import Path

from namesmith_server.app.errors import PortError


def load_key_pair(key: Path, certificate: Path) -> tuple[bytes, bytes]:
    """Return the bytes of the private key and of the certificate chain.

    Raises:
        PortError: a file holds no key or no certificate, or the key belongs to another certificate.
        OSError: a file cannot be read.
    """
    key_pair = key.read_bytes(), certificate.read_bytes()
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(certificate)
    except ssl.SSLError as error:
        raise PortError(f"{certificate}: holds no certificate in PEM form") from error
    try:
        # The empty passphrase keeps OpenSSL from asking for one on a terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, lambda: b"")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise PortError(f"{key}: is not the key of {certificate}") from error
        raise PortError(f"{key}: holds no private key in PEM form without a passphrase") from error
    return key_pair
