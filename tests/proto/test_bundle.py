"""Reading a bundle from disk: no unverified byte is returned."""

import hashlib
from pathlib import Path

import pytest

from namesmith import manifest as manifest_json
from namesmith.bundle import CHAIN, TABLE, Bundle, BundleError
from namesmith.v1.manifest_pb2 import File, Manifest

SPLIT = "splits/val.txt"
RAW = b"ana\nmia\n"


def manifest(path: str = SPLIT, **fields: object) -> Manifest:
    """Make a small valid manifest that lists one file."""
    message = Manifest(format_version=1, model="tiny", version=1)
    message.vocabulary.symbols.extend(".aimn")
    message.architecture.block_size = 2
    message.files.append(File(path=path, size=len(RAW), sha256=hashlib.sha256(RAW).hexdigest()))
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def write(folder: Path, message: Manifest) -> Path:
    """Write a bundle of a manifest and the file that it lists."""
    (folder / "splits").mkdir()
    (folder / SPLIT).write_bytes(RAW)
    (folder / "manifest.json").write_bytes(manifest_json.dumps(message))
    return folder


def test_the_json_of_a_manifest_round_trips() -> None:
    """A manifest is read as it was written, and equal manifests are equal bytes."""
    raw = manifest_json.dumps(manifest())
    assert manifest_json.loads(raw) == manifest()
    assert manifest_json.dumps(manifest_json.loads(raw)) == raw


def test_a_whole_bundle_is_read(tmp_path: Path) -> None:
    """The bytes of a listed file whose size and hash match are returned."""
    bundle = Bundle.open(write(tmp_path, manifest()))
    bundle.verify()
    assert bundle.read(SPLIT) == RAW


def test_every_flipped_byte_is_seen(tmp_path: Path) -> None:
    """A file with any one byte changed is refused, and the error names the file."""
    bundle = Bundle.open(write(tmp_path, manifest()))
    for i in range(len(RAW)):
        (tmp_path / SPLIT).write_bytes(RAW[:i] + bytes([RAW[i] ^ 1]) + RAW[i + 1 :])
        with pytest.raises(BundleError, match=r"splits/val\.txt: its SHA-256"):
            bundle.read(SPLIT)


def test_a_cut_or_missing_file_is_refused(tmp_path: Path) -> None:
    """The error names the file and its fault."""
    bundle = Bundle.open(write(tmp_path, manifest()))
    (tmp_path / SPLIT).write_bytes(RAW[:-1])
    with pytest.raises(BundleError, match="7 bytes, the manifest says 8"):
        bundle.verify()
    (tmp_path / SPLIT).unlink()
    with pytest.raises(BundleError, match=r"splits/val\.txt: No such file"):
        bundle.verify()


def test_an_unlisted_file_is_not_read(tmp_path: Path) -> None:
    """A file without a hash in the manifest is not opened."""
    bundle = Bundle.open(write(tmp_path, manifest()))
    with pytest.raises(BundleError, match="not in the manifest"):
        bundle.read("manifest.json")


@pytest.mark.parametrize("path", ["../val.txt", "/val.txt", "a//b", "a\\b", "", "."])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    """A manifest that lists a path outside the folder is refused before any file is opened."""
    write(tmp_path, manifest(path))
    with pytest.raises(BundleError, match="leaves the folder"):
        Bundle.open(tmp_path)


@pytest.mark.parametrize("link", ["splits", SPLIT])
def test_a_symlink_is_refused(tmp_path: Path, link: str) -> None:
    """Neither a file nor a folder on its way may be a symlink."""
    bundle = Bundle.open(write(tmp_path, manifest()))
    (tmp_path / link).rename(tmp_path / "real")
    (tmp_path / link).symlink_to(tmp_path / "real")
    with pytest.raises(BundleError, match="is a symlink"):
        bundle.read(SPLIT)


@pytest.mark.parametrize(
    ("field", "value"), [("format_version", 3), ("model", "../x"), ("version", 0)]
)
def test_an_unknown_manifest_is_refused(tmp_path: Path, field: str, value: object) -> None:
    """The error names a format version, a model name or a version that is not allowed."""
    write(tmp_path, manifest(**{field: value}))
    with pytest.raises(BundleError, match=field):
        Bundle.open(tmp_path)


@pytest.mark.parametrize(
    ("version", "states", "paths", "message"),
    [
        (1, 7, (CHAIN,), "chain.safetensors: format_version is 1, a bundle holds a chain from"),
        (2, 7, (CHAIN, TABLE), "chain.safetensors: the bundle holds table.safetensors too"),
        (2, None, (CHAIN,), "chain.safetensors: the manifest does not describe its chain"),
        (2, 7, (TABLE,), "chain: is described, and chain.safetensors is not in the manifest"),
        (2, 7, (), "chain: is described, and chain.safetensors is not in the manifest"),
    ],
)
def test_a_chain_that_contradicts_the_manifest_is_refused(
    tmp_path: Path, version: int, states: int | None, paths: tuple[str, ...], message: str
) -> None:
    """A described chain is listed, alone, in a bundle of format 2, and a listed one described."""
    described = manifest(format_version=version)
    described.files.extend(File(path=path) for path in paths)
    if states is not None:
        described.chain.states = states
    write(tmp_path, described)
    with pytest.raises(BundleError) as caught:
        Bundle.open(tmp_path)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("version", "paths"), [(1, ()), (1, (TABLE,)), (2, (TABLE,))])
def test_a_bundle_without_a_chain_is_read_in_both_formats(
    tmp_path: Path, version: int, paths: tuple[str, ...]
) -> None:
    """Format 1, and format 2 for a network with or without a table."""
    described = manifest(format_version=version)
    described.files.extend(File(path=path) for path in paths)
    write(tmp_path, described)
    assert not Bundle.open(tmp_path).has(CHAIN)


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b'{"surprise": 1}', b"\xff"])
def test_a_malformed_manifest_is_refused(tmp_path: Path, raw: bytes) -> None:
    """Bytes that are no manifest are a BundleError that says so."""
    (tmp_path / "manifest.json").write_bytes(raw)
    with pytest.raises(BundleError, match="is not a manifest"):
        Bundle.open(tmp_path)
