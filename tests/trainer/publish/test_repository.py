"""Tests of publishing: readers see whole versions only."""

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from namesmith.bundle import Bundle
from namesmith.limits import MAX_VERSION
from namesmith.manifest import FORMAT_VERSION
from namesmith.v1 import manifest_pb2 as pb
from namesmith_trainer.publish import RepositoryError, next_version
from namesmith_trainer.publish.repository import PARTIAL, publish, versions

FILES = {"model.onnx": b"onnx", "splits/val.txt": b"ana\n"}


def manifest() -> pb.Manifest:
    """Make the smallest manifest that a reader accepts."""
    return pb.Manifest(
        format_version=FORMAT_VERSION,
        model="m",
        vocabulary=pb.Vocabulary(symbols=".a"),
        architecture=pb.Architecture(block_size=1),
    )


def test_each_publication_is_the_next_version(tmp_path: Path) -> None:
    """Versions are consecutive integers, and a manifest lists every file of its version."""
    first, second = (publish(tmp_path, manifest(), FILES) for _ in range(2))
    assert (first.name, second.name) == ("1", "2")
    bundle = Bundle.open(second)
    bundle.verify()
    assert bundle.manifest.version == 2
    assert {file.path for file in bundle.manifest.files} == set(FILES)


@pytest.mark.parametrize("last", [MAX_VERSION, 2**63 - 1])
def test_a_model_whose_versions_have_run_out_is_refused(tmp_path: Path, last: int) -> None:
    """The largest version that servers look for has no next one; nothing is published."""
    (tmp_path / "m" / str(last)).mkdir(parents=True)
    for act in (lambda: publish(tmp_path, manifest(), FILES), lambda: next_version(tmp_path / "m")):
        with pytest.raises(RepositoryError, match=f"m: holds a version {last}, and so can have no"):
            act()
    assert [entry.name for entry in (tmp_path / "m").iterdir()] == [str(last)]


def test_publishers_of_one_model_take_turns(tmp_path: Path) -> None:
    """Four at once, in a repository that is not there: each version is whole, published once."""
    with ThreadPoolExecutor(4) as publishers:
        repository = tmp_path / "r"
        made = [publishers.submit(publish, repository, manifest(), FILES) for _ in range(12)]
    assert sorted(int(one.result().name) for one in made) == [*range(1, 13)]
    for one in made:
        Bundle.open(one.result()).verify()


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk the error is raised, and neither a version nor a partial version stays."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        publish(tmp_path, manifest(), FILES)
    assert list(tmp_path.iterdir()) == []


def test_an_exception_of_ready_ends_the_publication(tmp_path: Path) -> None:
    """Nothing is published where ``ready`` raises; the model's earlier version stays."""

    def ready() -> None:
        raise KeyboardInterrupt

    publish(tmp_path, manifest(), FILES)
    with pytest.raises(KeyboardInterrupt):
        publish(tmp_path, manifest(), FILES, ready)
    assert [entry.name for entry in (tmp_path / "m").iterdir()] == ["1"]


def test_the_partial_version_of_a_killed_publisher_is_removed(tmp_path: Path) -> None:
    """The next publication removes the partial folder, whose name is no version for readers."""
    left = tmp_path / "m" / f"{PARTIAL}x"
    left.mkdir(parents=True)
    (left / "model.onnx").write_bytes(b"half")
    publish(tmp_path, manifest(), FILES)
    assert [entry.name for entry in (tmp_path / "m").iterdir()] == ["1"]


@pytest.mark.slow
def test_fifty_killed_publishers_never_show_a_broken_bundle(tmp_path: Path) -> None:
    """Every version that a reader sees is whole while publishers die by SIGKILL at any moment."""
    (tmp_path / "m").mkdir()
    program = Path(__file__).with_name("publisher.py")
    seen: set[int] = set()
    command = [sys.executable, program, tmp_path, "50", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as publishers:
        assert publishers.stdout is not None
        assert publishers.stdout.readline() == b"imported\n"
        while publishers.poll() is None:
            new = sorted({*versions(tmp_path / "m")} - seen)
            for version in new:
                Bundle.open(tmp_path / "m" / str(version)).verify()
            seen.update(new)
    assert publishers.returncode == 0
    published = sorted(versions(tmp_path / "m"))
    assert published == list(range(1, len(published) + 1))
    assert seen <= set(published)
    assert len(published) >= 5
    for version in published:
        Bundle.open(tmp_path / "m" / str(version)).verify()
    publish(tmp_path, manifest(), FILES)
    assert [entry for entry in (tmp_path / "m").iterdir() if entry.name.startswith(PARTIAL)] == []
