"""Signatures of bundles: Ed25519 over the bytes of ``manifest.json``.

The manifest holds the SHA-256 of every other file, so that the signature covers the whole bundle.
Public keys are PEM files, as ``openssl pkey -pubout`` writes them. The package cryptography is
imported where keys are read or used: clients, which import this package too, do not install it.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from namesmith.files import read_plain
from namesmith.quoting import quoted

SIGNATURE_SIZE = 64
"""Size in bytes of a signature."""

KEY_FILE_LIMIT = 1 << 20
"""Size in bytes of the largest file of keys."""

MAX_PATH = 200
"""Largest number of characters of a file's path that a message repeats."""

PEM = re.compile(rb"-----BEGIN ([^-\r\n]+)-----.*?-----END \1-----", re.DOTALL)
"""Pattern of an object in a PEM file; what stands between the objects is comment."""


class KeyFileError(ValueError):
    """A file of keys that cannot be used; the message names the file and the fault."""


def read_key_file(path: Path) -> tuple[bytes, str]:
    """Return the bytes of a file of keys, and the file's name as a message repeats it.

    Raises:
        KeyFileError: the file cannot be read, is no plain file or is too large.
    """
    name = quoted(str(path), MAX_PATH)
    try:
        raw = read_plain(path, KEY_FILE_LIMIT + 1)
    except OSError as error:
        raise KeyFileError(f"{name}: {error.strerror}") from error
    if len(raw) > KEY_FILE_LIMIT:
        raise KeyFileError(f"{name}: is larger than {KEY_FILE_LIMIT} bytes")
    return raw, name


@dataclass(frozen=True)
class TrustedKeys:
    """Public keys, one of which must have signed a bundle.

    Attributes:
        keys: Ed25519 public keys of 32 bytes each, at least one.
    """

    keys: tuple[bytes, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the keys of a PEM file, which may hold several.

        Raises:
            KeyFileError: the file cannot be read, holds no key, or holds anything but Ed25519
                public keys; or cryptography is not installed.
        """
        raw, name = read_key_file(path)
        found = [(match[1].decode("ascii", "replace"), match[0]) for match in PEM.finditer(raw)]
        if not found:
            raise KeyFileError(f"{name}: holds no public key in PEM")
        for label, _ in found:
            if label != "PUBLIC KEY":
                raise KeyFileError(f"{name}: holds a {quoted(label)}, public keys are allowed")
        return cls(tuple(_public_key(pem, name) for _, pem in found))

    def have_signed(self, signature: bytes, message: bytes) -> bool:
        """Return whether a signature of a message was made by the owner of one of the keys."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - clients lack it
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - likewise
            Ed25519PublicKey,
        )

        for key in self.keys:
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
            except InvalidSignature:
                continue
            return True
        return False


def _public_key(pem: bytes, name: str) -> bytes:
    """Return the 32 bytes of an Ed25519 public key in PEM."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - clients lack it
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - likewise
            Ed25519PublicKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - likewise
            load_pem_public_key,
        )
    except ModuleNotFoundError as error:
        raise KeyFileError(f"{name}: cryptography is not installed, which reads keys") from error
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{name}: holds a public key that cannot be read") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFileError(f"{name}: holds a public key that is not of Ed25519")
    return key.public_bytes_raw()
