"""Signatures of bundles, and the files of trusted keys."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bundles import tiny_manifest, write_tiny
from namesmith.bundle import MANIFEST, SIGNATURE, Bundle, BundleError, KeyFileError, TrustedKeys

KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([one]) * 32) for one in range(3)]
CURVE = ec.derive_private_key(1, ec.SECP256R1())
AGREEMENT = X25519PrivateKey.from_private_bytes(bytes(32))


def public(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey | X25519PrivateKey) -> bytes:
    """Return the public key in PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def private(key: Ed25519PrivateKey) -> bytes:
    """Return the private key in PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Provide the folder of a tiny bundle that the second key has signed."""
    folder = write_tiny(tmp_path, tiny_manifest())
    (folder / SIGNATURE).write_bytes(KEYS[1].sign((folder / MANIFEST).read_bytes()))
    return folder


def test_one_of_the_trusted_keys_must_have_signed(folder: Path, tmp_path: Path) -> None:
    """A file of keys may hold several, with comments between them; the order is of no account."""
    path = tmp_path / "keys.pem"
    path.write_bytes(b"# build\n" + public(KEYS[0]) + b"# release\n" + public(KEYS[1]))
    both = TrustedKeys.read(path)
    assert len(both.keys) == 2
    Bundle.open(folder, trusted_keys=both).verify()
    path.write_bytes(public(KEYS[0]) + public(KEYS[2]))
    with pytest.raises(BundleError, match=r"^manifest\.sig: no trusted key has made"):
        Bundle.open(folder, trusted_keys=TrustedKeys.read(path))


def test_a_signature_is_looked_at_where_keys_are_trusted(folder: Path) -> None:
    """Without trusted keys a bundle is read whoever signed it, if anybody did."""
    (folder / SIGNATURE).write_bytes(b"nonsense")
    Bundle.open(folder).verify()


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        (None, "is missing, and a signature is required"),
        (b"", "0 bytes, a signature has 64"),
        (bytes(63), "63 bytes, a signature has 64"),
        (bytes(65), "65 bytes, 64 are allowed"),
        (bytes(64), "no trusted key has made this signature of manifest.json"),
        (KEYS[1].sign(b"another manifest"), "no trusted key has made this signature of manifest.j"),
    ],
)
def test_a_missing_or_wrong_signature_is_refused(
    folder: Path, signature: bytes | None, message: str
) -> None:
    """The message names the file and its fault."""
    (folder / SIGNATURE).unlink()
    if signature is not None:
        (folder / SIGNATURE).write_bytes(signature)
    trusted = TrustedKeys((KEYS[1].public_key().public_bytes_raw(),))
    with pytest.raises(BundleError) as caught:
        Bundle.open(folder, trusted_keys=trusted)
    assert str(caught.value).startswith(f"{SIGNATURE}: {message}")


def test_a_signature_is_a_plain_file_of_its_size(folder: Path) -> None:
    """A link and a file of 3 TiB are refused before anything is read."""
    trusted = TrustedKeys((KEYS[1].public_key().public_bytes_raw(),))
    os.truncate(folder / SIGNATURE, 3 << 40)
    with pytest.raises(BundleError, match=r"^manifest\.sig: 3298534883328 bytes, 64 are allowed$"):
        Bundle.open(folder, trusted_keys=trusted)
    (folder / SIGNATURE).unlink()
    (folder / SIGNATURE).symlink_to(MANIFEST)
    with pytest.raises(BundleError, match=r"^manifest\.sig: is a symlink$"):
        Bundle.open(folder, trusted_keys=trusted)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "holds no public key in PEM"),
        (b"ana\nmia\n", "holds no public key in PEM"),
        (public(KEYS[0])[:-20], "holds no public key in PEM"),
        (public(KEYS[0]) + private(KEYS[1]), "holds a 'PRIVATE KEY', public keys are allowed"),
        (public(KEYS[0]).replace(b"M", b"N", 1), "holds a public key that cannot be read"),
        (public(KEYS[0]) + public(AGREEMENT), "is not of Ed25519"),
        (public(CURVE), "is not of Ed25519"),
        (b"-----BEGIN \x1b[31m-----\n-----END \x1b[31m-----", r"holds a '\x1b[31m', public keys"),
        (bytes((1 << 20) + 1), "is larger than 1048576 bytes"),
    ],
    ids=["empty", "names", "cut", "private", "garbled", "mixed", "curve", "forged", "large"],
)
def test_a_file_of_other_keys_is_refused(tmp_path: Path, raw: bytes, message: str) -> None:
    """The message names the file and its fault, in one printable line."""
    path = tmp_path / "keys.pem"
    path.write_bytes(raw)
    with pytest.raises(KeyFileError) as caught:
        TrustedKeys.read(path)
    assert str(caught.value).startswith(f"'{path}': ")
    assert message in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_file_of_keys_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder, and a FIFO, which nobody waits for."""
    with pytest.raises(KeyFileError, match="No such file or directory"):
        TrustedKeys.read(tmp_path / "missing")
    with pytest.raises(KeyFileError, match="is a folder"):
        TrustedKeys.read(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(KeyFileError, match="is not a plain file"):
        TrustedKeys.read(tmp_path / "fifo")
