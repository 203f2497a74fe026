"""TLS files, checked without gRPC, whose errors do not say what is wrong.

gRPC would serve a certificate that has expired, and a key of a kind that none of its clients
accepts: every call would fail, and the server would say nothing.
"""

import logging
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

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


class KeyPair(NamedTuple):
    """A private key with its certificate.

    Attributes:
        key: bytes of the private key in PEM form.
        chain: bytes of the certificate chain in PEM form.
        ends: end of the certificate.
    """

    key: bytes
    chain: bytes
    ends: datetime


def load_key_pair(key: Path, certificate: Path, *, warns: bool = True) -> KeyPair:
    """Return the private key and the certificate chain; warn of ends that are near or past.

    Raises:
        PortError: a file holds no key or no certificate, the key belongs to another certificate,
            the certificate is not valid now, or gRPC's clients do not accept the kind of key.
        OSError: a file cannot be read.
    """
    files = key.read_bytes(), certificate.read_bytes()
    own, *issuers = _certificates(certificate, files[1])
    _check_own(certificate, own)
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
    if files != (key.read_bytes(), certificate.read_bytes()):
        raise PortError(f"{certificate}: was replaced while it was read")
    if warns:
        _warn_of_end(certificate, own)
        _warn_of_invalid(certificate, issuers, "certificate of an issuer not valid", first=2)
    return KeyPair(*files, own.not_valid_after_utc)


def load_authorities(path: Path, *, warns: bool = True) -> bytes:
    """Return the certificates of authorities in PEM form; warn of some that are not valid.

    Raises:
        PortError: the file holds no certificate, one that cannot be read, or none that is valid
            now.
        OSError: the file cannot be read.
    """
    pem = path.read_bytes()
    authorities = _certificates(path, pem)
    now = datetime.now(UTC)
    reasons = [_not_valid(one, now) for one in authorities]
    if all(reasons):
        raise PortError(f"{path}: {reasons[0]}")
    if warns:
        _warn_of_invalid(path, authorities, "certificate of an authority not valid", first=1)
    return pem


def _certificates(path: Path, pem: bytes) -> list[x509.Certificate]:
    """Return the certificates of a file, one at least."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(path)
    except ssl.SSLError as error:
        raise PortError(f"{path}: holds no certificate in PEM form") from error
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise PortError(f"{path}: holds a certificate that cannot be read") from error


def _check_own(path: Path, own: x509.Certificate) -> None:
    """Check the server's own certificate."""
    try:
        kind = _unaccepted_key(own)
    except ValueError as error:
        raise PortError(f"{path}: holds a certificate that cannot be read") from error
    if kind:
        raise PortError(f"{path}: its key is {kind}; gRPC's clients accept {ACCEPTED}")
    reason = _not_valid(own, datetime.now(UTC))
    if reason:
        raise PortError(f"{path}: {reason}")


def _warn_of_end(path: Path, own: x509.Certificate) -> None:
    if own.not_valid_after_utc < datetime.now(UTC) + SOON:
        ending = {"certificate": str(path), "ends": _date(own.not_valid_after_utc)}
        log.warning("certificate ends soon", extra=ending)


def _warn_of_invalid(
    path: Path, certificates: list[x509.Certificate], event: str, first: int
) -> None:
    """Warn of certificates that are not valid now; the first has the place ``first``."""
    now = datetime.now(UTC)
    for place, one in enumerate(certificates, first):
        reason = _not_valid(one, now)
        if reason:
            log.warning(event, extra={"certificate": str(path), "place": place, "reason": reason})


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
