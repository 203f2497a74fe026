"""The rules of TLS: which servers a client trusts, and the certificate that it shows."""

from dataclasses import dataclass, field

import grpc

PEM = b"-----BEGIN CERTIFICATE-----"
"""The bytes with which a certificate begins in a PEM file."""

PEM_KEY = b"PRIVATE KEY-----"
"""Bytes in the first line of any private key in a PEM file."""


@dataclass(frozen=True)
class TLS:
    """The rules by which the server's certificate is checked, and the client's own certificate.

    Attributes:
        root_certificates: the bytes of a PEM file with the certificates of the trusted authorities;
            None: the authorities that gRPC trusts by default.
        server_name: host name that the certificate must hold; None: the host name in the address.
        certificate: the bytes of a PEM file with the client's certificate chain, which a server may
            ask for (mTLS); None: the client has none.
        private_key: the bytes of a PEM file with the key of ``certificate``; None if and only if
            ``certificate`` is None.

    Raises:
        TypeError: a certificate or the key is neither bytes nor None.
        ValueError: a certificate or the key is not in PEM form, or one of ``certificate`` and
            ``private_key`` is given without the other.
    """

    root_certificates: bytes | None = None
    server_name: str | None = None
    certificate: bytes | None = None
    private_key: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _check_pem("root_certificates", self.root_certificates, PEM, "certificate")
        _check_pem("certificate", self.certificate, PEM, "certificate")
        _check_pem("private_key", self.private_key, PEM_KEY, "private key")
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate: goes together with private_key")

    def credentials(self) -> grpc.ChannelCredentials:
        """Make the credentials with which gRPC opens a channel."""
        return grpc.ssl_channel_credentials(
            self.root_certificates, self.private_key, self.certificate
        )


def _check_pem(name: str, value: object, mark: bytes, noun: str) -> None:
    """Refuse a value of a TLS that is neither None nor the bytes of a PEM file."""
    if value is None:
        return
    if not isinstance(value, bytes):
        kind = type(value).__name__
        raise TypeError(f"{name}: {kind}, the bytes of a PEM file are expected")
    if mark not in value:
        raise ValueError(f"{name}: no PEM {noun} in the bytes")
