"""Damage to published bundles: changes that the bundle's own hashes vouch for."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from namesmith import manifest as manifest_json
from namesmith.bundle import CHECKSUM, MANIFEST, checksum_line
from namesmith.v1.manifest_pb2 import File, Manifest


def write_manifest(folder: Path, raw: bytes) -> None:
    """Write the bytes of a manifest into the folder of a bundle, and their SHA-256 beside them."""
    (folder / MANIFEST).write_bytes(raw)
    (folder / CHECKSUM).write_bytes(checksum_line(raw))


def rewrite_manifest(folder: Path, change: Callable[[Manifest], Any]) -> None:
    """Change the manifest of a bundle."""
    manifest = manifest_json.loads((folder / MANIFEST).read_bytes())
    change(manifest)
    write_manifest(folder, manifest_json.dumps(manifest))


def rewrite_json(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the JSON of a bundle's manifest, which then may be no manifest."""
    fields = json.loads((folder / MANIFEST).read_bytes())
    change(fields)
    write_manifest(folder, json.dumps(fields, allow_nan=True).encode())


def vouch(manifest: Manifest, path: str, raw: bytes) -> None:
    """Describe the bytes of a file in a manifest, which may list the file already."""
    others = [file for file in manifest.files if file.path != path]
    del manifest.files[:]
    size, sha256 = len(raw), hashlib.sha256(raw).hexdigest()
    manifest.files.extend([*others, File(path=path, size=size, sha256=sha256)])


def replace_file(folder: Path, path: str, raw: bytes) -> None:
    """Write a file of a bundle, or add it, and let the manifest vouch for its bytes."""
    (folder / path).write_bytes(raw)
    rewrite_manifest(folder, lambda manifest: vouch(manifest, path, raw))
