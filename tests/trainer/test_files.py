"""Tests of atomic writes."""

import resource
from pathlib import Path

import pytest

from namesmith_trainer.files import write_whole


def test_the_partial_file_of_a_killed_writer_is_removed(tmp_path: Path) -> None:
    """The next write of a file removes its partial file, but no partial file of another file."""
    path, other = tmp_path / "ck", tmp_path / ".ck-2.partial-00"
    for left in (tmp_path / ".ck.partial-00", other):
        left.write_bytes(b"half")
    write_whole(path, b"whole")
    assert sorted(tmp_path.iterdir()) == sorted([path, other])


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """Under a real limit on the size of files, the error names the file; the old file stays."""
    path = tmp_path / "run.ckpt"
    path.write_bytes(b"old")
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, most))
    try:
        with pytest.raises(OSError, match=r"File too large: .*run\.ckpt"):
            write_whole(path, bytes(20_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [
        ("run.ckpt", b"old")
    ]
