"""Fault 48: certificates that have expired, and keys that no gRPC client accepts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from namesmith_client import TLS, Client
from processes import refused, running

pytestmark = pytest.mark.slow  # CI has no room for it: make faults

DAY = timedelta(days=1)

Key = Any
"""A private key of cryptography."""


def p256() -> Key:
    """Make a key that every client accepts."""
    return ec.generate_private_key(ec.SECP256R1())


def weak_rsa(bits: int) -> Key:
    """Make an RSA key that is too short."""
    return rsa.generate_private_key(65537, bits)


def options(
    folder: Path, key: Key, begins: timedelta = -DAY, ends: timedelta = 90 * DAY
) -> tuple[str | Path, ...]:
    """Write a key with a certificate of its own, valid for a time from now; return the options."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "names.example")])
    alternative = x509.SubjectAlternativeName([x509.DNSName("names.example")])
    now = datetime.now(UTC)
    is_edwards = isinstance(key, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(alternative, critical=False)
        .sign(key, None if is_edwards else hashes.SHA256())
    )
    (folder / "chain.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    raw = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(raw)
    return "--tls-certificate", folder / "chain.pem", "--tls-key", folder / "key.pem"


@pytest.mark.parametrize(
    ("begins", "ends", "message"),
    [
        (-2 * DAY, -timedelta(minutes=1), "the certificate has expired, on "),
        (timedelta(minutes=5), DAY, "the certificate is not valid before "),
    ],
)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_fault_48_a_certificate_that_is_not_valid_now_is_refused(
    tmp_path: Path, begins: timedelta, ends: timedelta, message: str, workers: str
) -> None:
    """The start ends with the file and the date."""
    ended = refused(*options(tmp_path, p256(), begins, ends), "--workers", workers)
    assert ended.returncode == 1
    when = datetime.now(UTC) + (ends if ends < timedelta(0) else begins)
    assert f"{tmp_path / 'chain.pem'}: {message}{when:%Y-%m-%dT}" in ended.stderr


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (ed25519.Ed25519PrivateKey.generate, "Ed25519"),
        (ed448.Ed448PrivateKey.generate, "Ed448"),
        (lambda: dsa.generate_private_key(2048), "DSA"),
        (lambda: weak_rsa(1024), "RSA of 1024 bits"),
        (lambda: weak_rsa(1536), "RSA of 1536 bits"),
        (lambda: ec.generate_private_key(ec.SECP521R1()), "ECDSA on secp521r1"),
        (lambda: ec.generate_private_key(ec.SECP224R1()), "ECDSA on secp224r1"),
        (lambda: ec.generate_private_key(ec.SECP256K1()), "ECDSA on secp256k1"),
        (lambda: ec.generate_private_key(ec.BrainpoolP256R1()), "ECDSA on brainpoolP256r1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_fault_48_a_key_that_no_client_accepts_is_refused(
    tmp_path: Path, make: Callable[[], Key], kind: str
) -> None:
    """The message names the kind of the key, and the kinds that are accepted."""
    ended = refused(*options(tmp_path, make()))
    assert ended.returncode == 1
    assert f"chain.pem: its key is {kind}; gRPC's clients accept RSA of at least" in ended.stderr


@pytest.mark.parametrize(
    "make",
    [
        p256,
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: rsa.generate_private_key(65537, 2048),
        lambda: rsa.generate_private_key(65537, 3072),
    ],
)
def test_fault_48_a_key_that_is_accepted_at_the_start_reaches_clients(
    tmp_path: Path, make: Callable[[], Key]
) -> None:
    """The project's client accepts every certificate that the start accepts."""
    with running(*options(tmp_path, make())) as server:
        tls = TLS((tmp_path / "chain.pem").read_bytes(), server_name="names.example")
        with Client(server.address, tls=tls) as client:
            assert len(client.generate(3).names) == 3


def test_fault_48_a_certificate_that_ends_soon_is_served_with_a_warning(tmp_path: Path) -> None:
    """The log names the file and the date; one that ends later has no warning."""
    for ends, expected in ((6 * DAY, ["certificate ends soon"]), (8 * DAY, [])):
        with running(*options(tmp_path, p256(), ends=ends)) as server:
            warned = [one for one in server.log if one["level"] == "WARNING"]
        assert [one["event"] for one in warned] == expected
        assert all(one["certificate"] == str(tmp_path / "chain.pem") for one in warned)


def test_fault_48_the_key_of_another_kind_is_another_certificates(tmp_path: Path) -> None:
    """A key that is not the certificate's is told, also where even its kind differs."""
    given = options(tmp_path, p256())
    raw = rsa.generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(raw)
    ended = refused(*given)
    assert ended.returncode == 1
    assert f"key.pem: is not the key of {tmp_path / 'chain.pem'}" in ended.stderr
