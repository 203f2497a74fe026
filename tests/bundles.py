"""Small bundles, and damage to bundles: changes that the bundle's own hashes vouch for."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from namesmith import manifest as manifest_json
from namesmith.bundle import CHECKSUM, MANIFEST, checksum_line
from namesmith.v1.manifest_pb2 import File, Manifest

SPLIT = "splits/val.txt"
"""Path of the one file of a tiny bundle."""

NAMES = b"ana\nmia\n"
"""Bytes of that file."""


def tiny_manifest(path: str = SPLIT, **fields: object) -> Manifest:
    """Make a small valid manifest that lists one file."""
    manifest = Manifest(format_version=1, model="tiny", version=1)
    manifest.vocabulary.symbols.extend(".aimn")
    manifest.architecture.block_size = 2
    manifest.splits.add(name="val")
    vouch(manifest, path, NAMES)
    for name, value in fields.items():
        setattr(manifest, name, value)
    return manifest


def write_tiny(models: Path, manifest: Manifest) -> Path:
    """Write a bundle of a manifest and the file of names; return the folder, tiny/1."""
    folder = models / "tiny" / "1"
    (folder / "splits").mkdir(parents=True)
    (folder / SPLIT).write_bytes(NAMES)
    write_manifest(folder, manifest_json.dumps(manifest))
    return folder


def copy_version(folder: Path, models: Path, version: int) -> Path:
    """Copy a bundle into a repository as another version of its model; return its folder."""

    def renumber(manifest: Manifest) -> None:
        manifest.version = version

    copied = Path(shutil.copytree(folder, models / folder.parent.name / str(version)))
    rewrite_manifest(copied, renumber)
    return copied


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


def reasons(log: list[dict[str, Any]]) -> dict[int, str]:
    """Return the reasons for which a server's log refuses versions, by version."""
    refusals = (event for event in log if event["event"] == "bundle refused")
    return {event["version"]: event["reason"] for event in refusals}
