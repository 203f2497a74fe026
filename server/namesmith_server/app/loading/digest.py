"""The digest of a version: the SHA-256 of its manifest, which vouches for every other file."""

import hashlib
from pathlib import Path

from namesmith.bundle import MANIFEST, Bundle, BundleError


def manifest_digest(folder: Path) -> str:
    """Return the digest of the version in a folder; empty where its manifest cannot be read."""
    try:
        return digest_of(Bundle.open(folder, allow_hard_links=True))
    except BundleError:  # which the load tells
        return ""


def check_digest(bundle: Bundle, digest: str) -> None:
    """Hold a bundle to a digest; empty: to none.

    Raises:
        BundleError: another bundle had the digest, which this one has taken the place of.
    """
    if digest not in {"", digest_of(bundle)}:
        raise BundleError(f"{MANIFEST}: was exchanged, the server knows another of this version")


def digest_of(bundle: Bundle) -> str:
    """Return the digest of a bundle, in hexadecimal."""
    return hashlib.sha256(bundle.manifest_bytes).hexdigest()
