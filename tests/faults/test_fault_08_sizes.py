"""Fault 8: sizes are bounded before anything is read, and bytes are read a chunk at a time."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bundles import (
    SPLIT,
    copy_version,
    reasons,
    rewrite_json,
    tiny_manifest,
    write_manifest,
    write_tiny,
)
from namesmith.bundle import CHAIN, ONNX, REPORT, TABLE, Bundle, BundleError
from namesmith.manifest import MANIFEST_LIMIT
from namesmith_client import Client
from processes import running

MOST_GROWTH = 10 << 20
"""Bytes by which the peak memory of a reader may grow while it refuses a bundle."""

READ = """
import sys
from pathlib import Path
from namesmith.bundle import Bundle, BundleError

def memory(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(key))

Bundle.open(Path(sys.argv[1])).verify()
Path("/proc/self/clear_refs").write_text("5")  # the peak is the present size
before = memory("VmRSS")
try:
    Bundle.open(Path(sys.argv[2])).verify()
    print("verified")
except BundleError as error:
    print(error)
print(memory("VmHWM") - before)
"""
"""Program that opens a sound bundle and then another, and prints the refusal and the growth."""


def refusal(folder: Path, tmp_path: Path) -> str:
    """Return the message with which a process refuses a bundle, or "verified".

    Its peak memory grows by less than 10 MB meanwhile.
    """
    sound = write_tiny(tmp_path / "sound", tiny_manifest())
    command = [sys.executable, "-c", READ, sound, folder]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    message, growth = ended.stdout.splitlines()
    assert int(growth) < MOST_GROWTH
    return message


def make_sparse(path: Path, size: int) -> None:
    """Make a file of a size that takes no room on the disk."""
    path.unlink(missing_ok=True)
    path.touch()
    os.truncate(path, size)


def listing(path: str, size: int) -> Callable[[Path], None]:
    """Return the damage that lists a sparse file of a size, with another file's hash."""

    def damage(folder: Path) -> None:
        make_sparse(folder / path, size)
        entry = {"path": path, "size": str(size), "sha256": "0" * 64}
        rewrite_json(
            folder,
            lambda fields: fields.update(
                files=[*(one for one in fields["files"] if one["path"] != path), entry]
            ),
        )

    return damage


def stating(size: float | str) -> Callable[[Path], None]:
    """Return the damage that states a size of the listed file."""
    return lambda folder: rewrite_json(folder, lambda fields: fields["files"][0].update(size=size))


def growing(name: str, size: int) -> Callable[[Path], None]:
    """Return the damage that makes a file sparse and large."""
    return lambda folder: make_sparse(folder / name, size)


def writing(raw: bytes) -> Callable[[Path], None]:
    """Return the damage that writes the bytes of a manifest."""
    return lambda folder: write_manifest(folder, raw)


GIB = 1 << 30
DAMAGES = {
    "negative": (stating(-1), f"files: {SPLIT}: -1 bytes are not in [0, "),
    "least": (stating(str(-(1 << 63))), f"files: {SPLIT}: -9223372036854775808 bytes are not in"),
    "petabyte": (stating(1 << 50), f"files: {SPLIT}: 1125899906842624 bytes are not in [0, "),
    "most": (stating(str((1 << 63) - 1)), f"files: {SPLIT}: 9223372036854775807 bytes are not"),
    "beyond": (stating(str(1 << 63)), "manifest.json is not a manifest: "),
    "infinite": (stating(float("inf")), "manifest.json is not a manifest: "),
    "unused, 3 GiB": (listing(REPORT, 3 * GIB), f"files: {REPORT}: 3221225472 bytes are not in"),
    "unused, 200 MiB": (listing("notes.txt", 200 << 20), "verified"),
    "split of 50 MiB": (listing(SPLIT, 50 << 20), f"{SPLIT}: its SHA-256 is not the manifest's"),
    "table": (listing(TABLE, 65 << 20), f"files: {TABLE}: 68157440 bytes are not in [0, 67174400]"),
    "chain": (listing(CHAIN, 193 << 20), f"files: {CHAIN}: 202375168 bytes are not in [0, 2013"),
    "form": (listing(ONNX, 257 << 20), f"files: {ONNX}: 269484032 bytes are not in [0, 268435456]"),
    "manifest of 2 GiB": (growing("manifest.json", 2 * GIB), "manifest.json: 2147483648 bytes, 10"),
    "manifest of 3 TiB": (growing("manifest.json", 3 << 40), "manifest.json: 3298534883328 bytes"),
    "manifest + 1": (
        growing("manifest.json", MANIFEST_LIMIT + 1),
        "manifest.json: 1048577 bytes, ",
    ),
    "checksum of 3 TiB": (growing("manifest.sha256", 3 << 40), "manifest.sha256: 3298534883328 b"),
    "zeros": (writing(bytes(MANIFEST_LIMIT)), "manifest.json is not a manifest: "),
    "deep lists": (writing(b"[" * MANIFEST_LIMIT), "manifest.json is not a manifest: "),
    "deep": (writing(b'{"files":' * 2_000), "manifest.json is not a manifest: "),
    "objects": (
        writing(b'{"files":[' + b"{}," * 340_000 + b"{}]}"),
        "manifest.json is not a manifest: it has 340004 colons and opening brackets, 8192 are all",
    ),
    "keys": (
        writing(json.dumps(dict.fromkeys(map(str, range(60_000)), 1)).encode()),
        "manifest.json is not a manifest: it has 60001 colons and opening brackets, 8192 are all",
    ),
    "values": (
        writing(b'{"vocabulary":{"symbols":[' + b'"ab",' * 200_000 + b'"c"]}}'),
        "manifest.json is not a manifest: it has 200000 commas, 65536 are allowed",
    ),
    "symbols": (
        writing(json.dumps({"vocabulary": {"symbols": ["あ"] * 65_000}}).encode()),
        "format_version: 0 is unknown",
    ),
    "digits": (
        writing(b'{"version":' + b"9" * 1_000_000 + b"}"),
        "manifest.json is not a manifest",
    ),
    "model": (writing(b'{"format_version":2,"model":"' + b"m" * 1_000_000 + b'"}'), "model: 'mmmm"),
}
"""Damages of a tiny bundle by name, each with the beginning of the refusal."""


@pytest.mark.parametrize(("damage", "message"), DAMAGES.values(), ids=DAMAGES.keys())
def test_fault_08_a_size_out_of_bounds_costs_no_memory(
    tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    """A large file is refused by its size, read in chunks, or not read at all."""
    folder = write_tiny(tmp_path, tiny_manifest())
    damage(folder)
    assert refusal(folder, tmp_path).startswith(message)


def test_fault_08_many_files_are_refused(tmp_path: Path) -> None:
    """By their number, or by their size together."""
    many = tiny_manifest()
    for place in range(256):
        many.files.add(path=f"notes/{place}")
    with pytest.raises(BundleError, match="files: 257 are listed, 256 are allowed"):
        Bundle.open(write_tiny(tmp_path / "many", many))
    large = tiny_manifest()
    for place in range(4):
        large.files.add(path=f"notes/{place}", size=256 << 20)
    with pytest.raises(BundleError, match="files: 1073741832 bytes together, 1073741824 are"):
        Bundle.open(write_tiny(tmp_path / "large", large))


def test_fault_08_a_folder_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A file or nothing in place of a folder, or a name too long, is a refusal."""
    file = tmp_path / "file"
    file.touch()
    for folder, message in (
        (file, "Not a directory"),
        (file / "1", "Not a directory"),
        (tmp_path / "missing" / "1", "No such file or directory"),
        (tmp_path / ("x" * 300) / "1", "File name too long"),
    ):
        with pytest.raises(BundleError, match=rf"^manifest\.json: {message}$"):
            Bundle.open(folder)


def test_fault_08_a_server_passes_over_bundles_out_of_bounds(
    repository: Path, tmp_path: Path
) -> None:
    """A server serves the sound version, and tells why it serves no other."""
    copy_version(repository / "small" / "1", tmp_path, 1)
    names = ["petabyte", "unused, 3 GiB", "manifest of 3 TiB", "objects", "deep"]
    for version, name in enumerate(names, 2):
        damage, _ = DAMAGES[name]
        damage(copy_version(repository / "small" / "1", tmp_path, version))
    with running("--models", tmp_path) as server, Client(server.address) as client:
        assert client.model().version == 1
        found = reasons(server.log)
    assert sorted(found) == list(range(2, 2 + len(names)))
    assert all(reason.startswith(("files: ", "manifest.json")) for reason in found.values())
