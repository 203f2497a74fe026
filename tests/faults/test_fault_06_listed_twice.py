"""Fault 6: a file that the manifest lists twice, or a key that it holds twice, is refused."""

from pathlib import Path

import pytest

from bundles import SPLIT, rewrite_json, tiny_manifest, write_manifest, write_tiny
from namesmith.bundle import Bundle, BundleError
from namesmith.v1.manifest_pb2 import File


@pytest.mark.parametrize("is_equal", [True, False])
def test_fault_06_a_path_that_is_listed_twice_is_refused(tmp_path: Path, *, is_equal: bool) -> None:
    """A path that is listed twice is refused, even with equal descriptions."""
    listed = tiny_manifest()
    (first,) = listed.files
    listed.files.append(first if is_equal else File(path=first.path, size=3))
    with pytest.raises(BundleError, match=rf"^files: {SPLIT} is listed twice$"):
        Bundle.open(write_tiny(tmp_path, listed))


@pytest.mark.parametrize("key", ["version", "files", "vocabulary"])
def test_fault_06_a_key_that_stands_twice_is_refused(tmp_path: Path, key: str) -> None:
    """In any object of the manifest's JSON."""
    folder = write_tiny(tmp_path, tiny_manifest())
    raw = (folder / "manifest.json").read_bytes()
    write_manifest(folder, raw.replace(b"{", f'{{"{key}": 1,'.encode(), 1))
    with pytest.raises(BundleError, match=f"is not a manifest: .*duplicate key {key}"):
        Bundle.open(folder)


def test_fault_06_a_manifest_does_not_list_what_vouches_for_it(tmp_path: Path) -> None:
    """A list that holds its own checksum would have to be right before it is written."""
    folder = write_tiny(tmp_path, tiny_manifest())
    for path in ("manifest.json", "manifest.sha256", "manifest.sig"):
        rewrite_json(folder, lambda fields, path=path: fields["files"][0].update(path=path))
        with pytest.raises(BundleError, match=rf"^files: {path} is listed, and vouches"):
            Bundle.open(folder)
