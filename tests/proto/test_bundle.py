"""Reading a bundle from disk: no unverified byte is returned."""

import math
import re
from pathlib import Path
from typing import Any

import pytest

from bundles import NAMES, SPLIT, tiny_manifest, vouch, write_tiny
from namesmith import manifest as manifest_json
from namesmith.bundle import CHAIN, REPORT, TABLE, TABLE_LIMIT, Bundle, BundleError, has_table
from namesmith.manifest import ManifestError
from namesmith.v1.manifest_pb2 import File


def test_the_json_of_a_manifest_round_trips() -> None:
    """A manifest is read as it was written, and equal manifests are equal bytes."""
    raw = manifest_json.dumps(tiny_manifest())
    assert manifest_json.loads(raw) == tiny_manifest()
    assert manifest_json.dumps(manifest_json.loads(raw)) == raw


def test_a_whole_bundle_is_read(tmp_path: Path) -> None:
    """The bytes of a listed file whose size and hash match are returned."""
    folder = write_tiny(tmp_path, tiny_manifest())
    bundle = Bundle.open(folder)
    bundle.verify()
    assert bundle.read(SPLIT) == NAMES


def test_every_flipped_byte_is_seen(tmp_path: Path) -> None:
    """A file with any one byte changed is refused, and the error names the file."""
    folder = write_tiny(tmp_path, tiny_manifest())
    bundle = Bundle.open(folder)
    for i in range(len(NAMES)):
        (folder / SPLIT).write_bytes(NAMES[:i] + bytes([NAMES[i] ^ 1]) + NAMES[i + 1 :])
        with pytest.raises(BundleError, match=r"splits/val\.txt: its SHA-256"):
            bundle.read(SPLIT)


def test_a_cut_or_missing_file_is_refused(tmp_path: Path) -> None:
    """The error names the file and its fault."""
    folder = write_tiny(tmp_path, tiny_manifest())
    bundle = Bundle.open(folder)
    (folder / SPLIT).write_bytes(NAMES[:-1])
    with pytest.raises(BundleError, match="7 bytes, the manifest says 8"):
        bundle.verify()
    (folder / SPLIT).unlink()
    with pytest.raises(BundleError, match=r"splits/val\.txt: No such file"):
        bundle.verify()


def test_an_unlisted_file_is_not_read(tmp_path: Path) -> None:
    """A file without a hash in the manifest is not opened."""
    folder = write_tiny(tmp_path, tiny_manifest())
    bundle = Bundle.open(folder)
    with pytest.raises(BundleError, match="not in the manifest"):
        bundle.read("manifest.json")


@pytest.mark.parametrize("path", ["../val.txt", "/val.txt", "a//b", "a\\b", "", "."])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    """A manifest that lists a path outside the folder is refused before any file is opened."""
    folder = write_tiny(tmp_path, tiny_manifest(path))
    with pytest.raises(BundleError, match="leaves the folder"):
        Bundle.open(folder)


@pytest.mark.parametrize("link", ["splits", SPLIT])
def test_a_symlink_is_refused(tmp_path: Path, link: str) -> None:
    """Neither a file nor a folder on its way may be a symlink."""
    folder = write_tiny(tmp_path, tiny_manifest())
    bundle = Bundle.open(folder)
    (folder / link).rename(folder / "real")
    (folder / link).symlink_to(folder / "real")
    with pytest.raises(BundleError, match="is a symlink"):
        bundle.read(SPLIT)


@pytest.mark.parametrize(
    ("field", "value"), [("format_version", 3), ("model", "../x"), ("version", 0)]
)
def test_an_unknown_manifest_is_refused(tmp_path: Path, field: str, value: object) -> None:
    """The error names a format version, a model name or a version that is not allowed."""
    folder = write_tiny(tmp_path, tiny_manifest(**{field: value}))
    with pytest.raises(BundleError, match=field):
        Bundle.open(folder)


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
    described = tiny_manifest(format_version=version)
    described.files.extend(File(path=path) for path in paths)
    if states is not None:
        described.chain.states = states
    folder = write_tiny(tmp_path, described)
    with pytest.raises(BundleError) as caught:
        Bundle.open(folder)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("version", "paths"), [(1, ()), (1, (TABLE,)), (2, (TABLE,))])
def test_a_bundle_without_a_chain_is_read_in_both_formats(
    tmp_path: Path, version: int, paths: tuple[str, ...]
) -> None:
    """Format 1, and format 2 for a network with or without a table."""
    described = tiny_manifest(format_version=version)
    described.files.extend(File(path=path) for path in paths)
    folder = write_tiny(tmp_path, described)
    assert not Bundle.open(folder).has(CHAIN)


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b'{"surprise": 1}', b"\xff"])
def test_a_malformed_manifest_is_refused(tmp_path: Path, raw: bytes) -> None:
    """Bytes that are no manifest are a BundleError that says so."""
    (tmp_path / "manifest.json").write_bytes(raw)
    with pytest.raises(BundleError, match="is not a manifest"):
        Bundle.open(tmp_path)


def test_a_file_that_no_server_uses_is_found_and_not_read(tmp_path: Path) -> None:
    """``verify`` compares the size of a report with the manifest, ``verify_all`` its hash too."""
    described = tiny_manifest()
    vouch(described, REPORT, b"report")
    folder = write_tiny(tmp_path, described)
    bundle = Bundle.open(folder)
    with pytest.raises(BundleError, match=r"report\.html: No such file"):
        bundle.verify()
    (folder / REPORT).write_bytes(b"other!")
    bundle.verify()
    with pytest.raises(BundleError, match=r"report\.html: its SHA-256"):
        bundle.verify_all()
    (folder / REPORT).write_bytes(b"report, longer")
    with pytest.raises(BundleError, match=r"report\.html: 14 bytes, the manifest says 6"):
        bundle.verify()


@pytest.mark.parametrize(
    ("symbols", "block_size", "fits"),
    [(27, 3, True), (27, 4, True), (27, 5, False), (1, 1024, True), (2, 23, True), (2, 24, False)],
)
def test_a_table_is_listed_where_it_fits(symbols: int, block_size: int, *, fits: bool) -> None:
    """V^(L+1) values of four bytes are at most 64 MiB; no power is computed beyond that."""
    assert (
        has_table(symbols, block_size) == (symbols ** (block_size + 1) * 4 <= TABLE_LIMIT) == fits
    )
    assert not has_table(20_000, 1_024)


def test_a_table_that_no_bundle_may_hold_is_refused(tmp_path: Path) -> None:
    """20,000 symbols and contexts of 1,024 are refused by the manifest alone."""
    described = tiny_manifest()
    described.files.add(path=TABLE)
    described.architecture.block_size = 1_024
    described.vocabulary.symbols.extend(map(chr, range(0x4E00, 0x4E00 + 20_000)))
    with pytest.raises(BundleError, match=r"table\.safetensors: 20005 symbols and block_size 1024"):
        Bundle.open(write_tiny(tmp_path, described))


@pytest.mark.parametrize(
    "name", ["", "../../val", "a/b", "Val", "val.txt", "v\x1bal", "v" * 65, "\n"]
)
def test_the_name_of_a_split_is_a_plain_word(tmp_path: Path, name: str) -> None:
    """The path of its file is made of the name, which therefore leads nowhere else."""
    described = tiny_manifest()
    described.splits.add(name=name)
    with pytest.raises(BundleError, match="splits: the name '") as caught:
        Bundle.open(write_tiny(tmp_path, described))
    assert str(caught.value).isprintable()


def test_a_split_is_named_once(tmp_path: Path) -> None:
    """A split that is described twice is refused: a server would tell either loss."""
    described = tiny_manifest()
    described.splits.add(name="val", loss=2)
    with pytest.raises(BundleError, match="splits: a name stands twice"):
        Bundle.open(write_tiny(tmp_path, described))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(value: float) -> None:
    """Wherever it stands; the message names its field."""
    for path in ("splits.loss", "splits.unseen.loss", "training.seconds", "chain.teachers.weight"):
        described = tiny_manifest()
        message: Any = described
        *parts, field = path.split(".")
        for part in parts:
            message = getattr(message, part)
            message = message.add() if part == "teachers" else message
            message = message[0] if part == "splits" else message
        setattr(message, field, value)
        with pytest.raises(ManifestError, match=rf"^{re.escape(path)}: {value} is not finite"):
            manifest_json.loads(manifest_json.dumps(described))
