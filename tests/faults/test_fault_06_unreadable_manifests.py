"""Fault 6: the manifest is missing, holds a key twice, or is of a format of the future."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bundles import copy_version, rewrite_manifest, write_manifest
from processes import refused, running


def leave_out(folder: Path) -> None:
    """Remove the manifest."""
    (folder / "manifest.json").unlink()


def repeat_a_key(folder: Path) -> None:
    """Give the model a second name."""
    raw = (folder / "manifest.json").read_bytes()
    write_manifest(folder, raw.replace(b"{", b'{"model": "other",', 1))


def come_from_the_future(folder: Path) -> None:
    """Give the manifest a format version that no reader knows yet."""
    raw = (folder / "manifest.json").read_bytes()
    for known in (b'"format_version": 2', b'"format_version": 1'):
        raw = raw.replace(known, b'"format_version": 99')
    write_manifest(folder, raw)


FAULTS = [
    (leave_out, "manifest.json: No such file or directory"),
    (repeat_a_key, "duplicate key"),
    (come_from_the_future, "format_version: 99 is unknown"),
]


@pytest.mark.parametrize(("damage", "message"), FAULTS)
def test_fault_06_the_only_version_is_refused_with_the_reason(
    repository: Path, tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    """The server does not start, and its one line says why."""
    models = Path(shutil.copytree(repository, tmp_path / "models"))
    damage(models / "small" / "1")
    ended = refused("--models", models)
    assert ended.returncode == 1
    assert message in ended.stderr.splitlines()[-1]


def test_fault_06_versions_with_unreadable_manifests_are_passed_over(
    repository: Path, tmp_path: Path
) -> None:
    """The good version among them is served, and the log names the reason for each other one."""
    models = Path(shutil.copytree(repository, tmp_path / "models"))
    for version, (damage, _) in enumerate(FAULTS, 2):
        damage(copy_version(models / "small" / "1", models, version))
    with running("--models", models) as server:
        refusals = [one for one in server.log if one["event"] == "bundle refused"]
        (loaded,) = (one for one in server.log if one["event"] == "model loaded")
    assert loaded["version"] == 1
    assert [one["version"] for one in refusals] == [4, 3, 2]
    for refusal, (_, message) in zip(refusals, reversed(FAULTS), strict=True):
        assert message in refusal["reason"]


def test_fault_06_the_helper_keeps_a_whole_manifest_readable(
    repository: Path, tmp_path: Path
) -> None:
    """The damage of these tests, not the way in which they write, is refused."""
    models = Path(shutil.copytree(repository, tmp_path / "models"))
    rewrite_manifest(models / "small" / "1", lambda _: None)
    with running("--models", models) as server:
        assert server.log[-1]["event"] == "serving"
