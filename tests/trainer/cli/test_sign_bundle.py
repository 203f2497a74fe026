"""Tests of signing, by ``train --sign-with`` and ``sign``, run as a person runs them."""

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from namesmith.bundle import SIGNATURE
from namesmith_trainer.cli import main

PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def call(*arguments: str | Path) -> Result:
    """Run the command and return its output."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def private(key: PrivateKey, encryption: KeySerializationEncryption | None = None) -> bytes:
    """Return the private key in PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def public(key: PrivateKey) -> bytes:
    """Return the public key in PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Provide a small file of names."""
    path = tmp_path / "names.txt"
    path.write_text("ana\nmia\nzoe\nlea\nmila\n" * 20, encoding="utf-8")
    return path


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """Provide the files of a private key and of its public key."""
    key = Ed25519PrivateKey.generate()
    (tmp_path / "key.pem").write_bytes(private(key))
    (tmp_path / "public.pem").write_bytes(public(key))
    return tmp_path / "key.pem", tmp_path / "public.pem"


def train(data: Path, *options: str | Path) -> Result:
    """Publish a counted model, m."""
    command = ("train", "--data", data, "--recipe", "kneser-ney", "--models", data.parent)
    return call(*command, "--name", "m", *options)


def test_a_published_bundle_is_signed(data: Path, keys: tuple[Path, Path]) -> None:
    """``inspect`` finds the signature; a bundle without one is refused where keys are trusted."""
    assert train(data, "--sign-with", keys[0]).exit_code == 0
    assert train(data).exit_code == 0
    shown = call("inspect", data.parent / "m" / "1", "--trusted-keys", keys[1])
    assert shown.exit_code == 0
    assert shown.output.endswith("8 files verified\nsigned by a trusted key\n")
    refused = call("inspect", data.parent / "m" / "2", "--trusted-keys", keys[1])
    assert refused.exit_code == 1
    assert "manifest.sig: is missing, and a signature is required" in refused.output


def test_a_bundle_is_signed_after_it_was_published(data: Path, keys: tuple[Path, Path]) -> None:
    """``sign`` replaces an older signature and leaves no other file."""
    train(data)
    folder = data.parent / "m" / "1"
    before = set(folder.iterdir())
    (folder / SIGNATURE).write_bytes(b"an older one")
    signed = call("sign", folder, "--sign-with", keys[0])
    assert (signed.exit_code, signed.output) == (0, f"signed {folder / SIGNATURE}\n")
    assert set(folder.iterdir()) == before | {folder / SIGNATURE}
    assert call("inspect", folder, "--trusted-keys", keys[1]).exit_code == 0


@pytest.mark.slow
def test_a_damaged_bundle_is_not_signed(data: Path, keys: tuple[Path, Path]) -> None:
    """Not even where the damaged file is one that no server uses; the message names it."""
    train(data)
    folder = data.parent / "m" / "1"
    with (folder / "report.html").open("r+b") as report:
        report.write(b"?")
    signed = call("sign", folder, "--sign-with", keys[0])
    assert signed.exit_code == 1
    assert f"Error: {folder}: report.html: its SHA-256 is not the manifest's" in signed.output
    assert not (folder / SIGNATURE).exists()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (private(ec.generate_private_key(ec.SECP256R1())), "holds a private key that is not of Ed"),
        (
            private(Ed25519PrivateKey.generate(), BestAvailableEncryption(b"secret")),
            "the key is encrypted, and must not be",
        ),
        (public(Ed25519PrivateKey.generate()), "holds no private key in PEM"),
        (b"nonsense", "holds no private key in PEM"),
        (None, "No such file or directory"),
    ],
    ids=["curve", "encrypted", "public", "nonsense", "missing"],
)
def test_a_key_that_cannot_sign_is_told_before_the_training(
    data: Path, raw: bytes | None, message: str
) -> None:
    """In one line; nothing is read, trained or published."""
    key = data.parent / "key.pem"
    if raw is not None:
        key.write_bytes(raw)
    result = train(data, "--sign-with", key)
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: '{key}': {message}")
    assert result.output.count("\n") == 1
    assert not (data.parent / "m").exists()


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_openssl_and_sha256sum_verify_a_bundle(tmp_path: Path, data: Path) -> None:
    """The commands of the documentation: a key is made, and manifest and signature are verified."""
    docs = Path(__file__).parents[3] / "docs" / "bundle.md"
    lines = docs.read_text(encoding="utf-8").splitlines()
    make, publish, verify = (line.split() for line in lines if line.startswith("    openssl "))
    for command in (make, publish):
        subprocess.run(command, cwd=tmp_path, check=True)
    assert train(data, "--sign-with", tmp_path / "key.pem").exit_code == 0
    folder = tmp_path / "m" / "1"
    shutil.copy(tmp_path / "public.pem", folder)
    for command in (verify, ["sha256sum", "-c", "manifest.sha256"]):
        ended = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
