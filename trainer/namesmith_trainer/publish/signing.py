"""Signs bundles: Ed25519 over the bytes of ``manifest.json``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from namesmith.bundle import SIGNATURE, Bundle, KeyFileError, read_key_file
from namesmith_trainer.files import write_whole


@dataclass(frozen=True)
class SigningKey:
    """A private key that signs manifests."""

    _key: Ed25519PrivateKey

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the key of a PEM file, PKCS8 without a password, as ``openssl genpkey`` writes.

        Raises:
            KeyFileError: the file cannot be read, or holds no such key of Ed25519.
        """
        raw, name = read_key_file(path)
        try:
            key = load_pem_private_key(raw, password=None)
        except TypeError as error:  # cryptography's, where a password is missing
            raise KeyFileError(f"{name}: the key is encrypted, and must not be") from error
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyFileError(f"{name}: holds no private key in PEM") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyFileError(f"{name}: holds a private key that is not of Ed25519")
        return cls(key)

    def sign(self, manifest: bytes) -> bytes:
        """Return the signature of a manifest's bytes, 64 bytes."""
        return self._key.sign(manifest)


def sign(folder: Path, key: SigningKey) -> None:
    """Sign a published bundle, every file of which is verified; an older signature is replaced.

    Raises:
        BundleError: the bundle cannot be read or a file differs from the manifest.
        OSError: the signature cannot be written; an older one stays.
    """
    bundle = Bundle.open(folder)
    bundle.verify_all()
    write_whole(folder / SIGNATURE, key.sign(bundle.manifest_bytes))
