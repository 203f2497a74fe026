"""A bundle that is not what its manifest says is never served."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from bundles import replace_file, rewrite_json
from processes import refused, running

FILES = (
    "model.onnx",
    "model.ts",
    "table.safetensors",
    "splits/train.txt",
    "splits/val.txt",
    "splits/test.txt",
)


@pytest.fixture
def models(repository: Path, tmp_path: Path) -> Path:
    """Provide a copy of the repository, to be damaged by one test."""
    return Path(shutil.copytree(repository, tmp_path / "models"))


def refusal(models: Path) -> str:
    """Return the last line of a server that refuses to start on the repository."""
    ended = refused("--models", models)
    assert ended.returncode == 1
    return ended.stderr.splitlines()[-1]


@pytest.mark.parametrize("file", FILES)
def test_a_flipped_byte_is_refused(models: Path, file: str) -> None:
    """A flipped byte in any file, served or not, is found; the message names the file."""
    path = models / "small" / "1" / file
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    assert refusal(models) == (
        f"namesmith-server: model small: version 1: {file}: its SHA-256 is not the manifest's"
    )


@pytest.mark.parametrize("file", [*FILES, "manifest.json"])
def test_a_missing_file_is_refused(models: Path, file: str) -> None:
    """The message names the missing file."""
    (models / "small" / "1" / file).unlink()
    assert refusal(models).endswith(f"version 1: {file}: No such file or directory")


def leave_the_folder(manifest: dict[str, object]) -> None:
    """List a file outside the bundle."""
    manifest["files"][0]["path"] = "../../outside"  # type: ignore[index]


def drop_the_splits(manifest: dict[str, object]) -> None:
    """Leaves the files of the splits out."""
    manifest["files"] = [f for f in manifest["files"] if "splits" not in f["path"]]  # type: ignore[attr-defined]


def widen_the_context(manifest: dict[str, object]) -> None:
    """Give a shorter context than the table has."""
    manifest["architecture"]["block_size"] = 2  # type: ignore[index]


def lose_a_symbol(manifest: dict[str, object]) -> None:
    """Give one symbol fewer than the table has."""
    manifest["vocabulary"]["symbols"].remove("q")  # type: ignore[index]


def rename(manifest: dict[str, object]) -> None:
    """Give the name of another model."""
    manifest["model"] = "other"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (leave_the_folder, "files: '../../outside' leaves the folder"),
        (drop_the_splits, "splits/train.txt: not in the manifest"),
        (widen_the_context, "the table is not float32 [729, 27]"),
        (lose_a_symbol, "the table is not float32 [17576, 26]"),
        (rename, "manifest.json is that of other/1"),
        (dict.clear, "format_version: 0 is unknown, this reader knows 1 and 2"),
    ],
)
def test_a_contradictory_manifest_is_refused(
    models: Path, change: Callable[[dict[str, object]], None], message: str
) -> None:
    """A manifest with a path outside, a missing split, other sizes or another name is refused."""
    rewrite_json(models / "small" / "1", change)
    assert message in refusal(models)


NOT_NUMBERS = np.full((27**3, 27), np.nan, dtype=np.float32)
"""A table of the right shape whose values are not numbers."""


@pytest.mark.parametrize(
    ("file", "raw", "message"),
    [
        ("table.safetensors", b"garbage", "is not a safetensors file"),
        ("table.safetensors", save({"log_probs": NOT_NUMBERS}), "do not sum to 1"),
        ("splits/val.txt", b"\xff\n", "splits/val.txt: is not UTF-8 text"),
        ("splits/val.txt", b"an1a\n", "splits: character '1' at position 2"),
    ],
)
def test_a_file_with_wrong_contents_is_refused(
    models: Path, file: str, raw: bytes, message: str
) -> None:
    """Contents of another format are refused, though size and hash are the manifest's."""
    replace_file(models / "small" / "1", file, raw)
    assert message in refusal(models)


def test_the_newest_valid_version_is_served(models: Path) -> None:
    """The log refuses a broken newer version, and the version before it is served."""
    shutil.copytree(models / "small" / "1", models / "small" / "2")
    with running("--models", models) as server:
        versions = [(event["event"], event.get("version")) for event in server.log]
    assert versions == [
        ("bundle refused", 2),
        ("model loaded", 1),
        ("memory limit", None),
        ("serving", None),
    ]
