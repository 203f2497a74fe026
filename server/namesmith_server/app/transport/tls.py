"""The TLS key pair, checked without gRPC, whose errors do not say what is wrong.

gRPC would serve a certificate that has expired, and a key of a kind that none of its clients
accepts: every call would fail, and the server would say nothing.
"""

import logging
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import PublicKeyAlgorithmOID

from namesmith_server.app.errors import PortError

SOON = timedelta(days=7)
"""Time before the end of a certificate within which the start warns."""

RSA_BITS = 2048
"""Least number of bits of an RSA key: clients of several languages refuse shorter ones."""

CURVES = (ec.SECP256R1, ec.SECP384R1)
"""Elliptic curves that gRPC's clients accept."""

ACCEPTED = f"RSA of at least {RSA_BITS} bits, and ECDSA on P-256 or P-384"
"""Keys that gRPC's clients accept, in words."""

log = logging.getLogger(__name__)


def load_key_pair(key: Path, certificate: Path) -> tuple[bytes, bytes]:
    """Return the bytes of the private key and of the certificate chain.

    Raises:
        PortError: a file holds no key or no certificate, the key belongs to another certificate,
            the certificate is not valid now, or gRPC's clients do not accept the kind of key.
        OSError: a file cannot be read.
    """
    key_pair = key.read_bytes(), certificate.read_bytes()
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(certificate)
    except ssl.SSLError as error:
        raise PortError(f"{certificate}: holds no certificate in PEM form") from error
    _check_chain(certificate, key_pair[1])
    try:
        # The empty passphrase keeps OpenSSL from asking for one on a terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, lambda: b"")
    except ssl.SSLError as error:
        reason = error.reason or ""
        if reason in {"KEY_VALUES_MISMATCH", "NO_CERTIFICATE_ASSIGNED"}:  # of this kind of key
            raise PortError(f"{key}: is not the key of {certificate}") from error
        if reason.endswith(("TOO_SMALL", "TOO_WEAK")):
            raise PortError(f"{certificate}: holds a certificate that is too weak") from error
        raise PortError(f"{key}: holds no private key in PEM form without a passphrase") from error
    return key_pair


def _check_chain(path: Path, pem: bytes) -> None:
    """Check the server's own certificate, the first; warn of others that are not valid now."""
    try:
        own, *issuers = x509.load_pem_x509_certificates(pem)
        kind = _unaccepted_key(own)
    except ValueError as error:
        raise PortError(f"{path}: holds a certificate that cannot be read") from error
    if kind:
        raise PortError(f"{path}: its key is {kind}; gRPC's clients accept {ACCEPTED}")
    now = datetime.now(UTC)
    reason = _not_valid(own, now)
    if reason:
        raise PortError(f"{path}: {reason}")
    if own.not_valid_after_utc < now + SOON:
        ending = {"certificate": str(path), "ends": _date(own.not_valid_after_utc)}
        log.warning("certificate ends soon", extra=ending)
    for place, issuer in enumerate(issuers, 2):
        reason = _not_valid(issuer, now)
        if reason:
            invalid = {"certificate": str(path), "place": place, "reason": reason}
            log.warning("certificate of an issuer not valid", extra=invalid)


def _unaccepted_key(certificate: x509.Certificate) -> str:
    """Return the kind of a certificate's key where gRPC's clients do not accept it, else empty."""
    if certificate.public_key_algorithm_oid == PublicKeyAlgorithmOID.RSASSA_PSS:
        return "RSA for PSS alone"
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return "of an unknown kind"
    if isinstance(key, rsa.RSAPublicKey):
        return "" if key.key_size >= RSA_BITS else f"RSA of {key.key_size} bits"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "" if isinstance(key.curve, CURVES) else f"ECDSA on {key.curve.name}"
    return type(key).__name__.strip("_").removesuffix("PublicKey")


def _not_valid(certificate: x509.Certificate, now: datetime) -> str:
    """Return why a certificate is not valid now; empty where it is."""
    if now > certificate.not_valid_after_utc:
        return f"the certificate has expired, on {_date(certificate.not_valid_after_utc)}"
    if now < certificate.not_valid_before_utc:
        return f"the certificate is not valid before {_date(certificate.not_valid_before_utc)}"
    return ""


def _date(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
