"""Sealed memory that workers share, and the copies that a process keeps where there is none."""

import mmap
import multiprocessing
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from namesmith_server.backends.shared_memory import shared

RAW = bytes(range(256)) * 64


def is_shared(descriptor: Path) -> bool:
    """Return whether an entry of /proc/self/fd is a memory file that is shared."""
    return descriptor.is_file() and "memfd:namesmith-" in str(descriptor.readlink())


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this process look like a worker of a server."""
    parent = SimpleNamespace(pid=os.getppid())
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)


def test_a_server_of_one_process_shares_nothing() -> None:
    """It keeps the bytes as they were read."""
    assert shared(RAW) is RAW


@pytest.mark.usefixtures("worker")
def test_shared_bytes_are_the_bytes_and_cannot_be_changed() -> None:
    """Neither by this process nor through its open file."""
    found = shared(RAW)
    assert isinstance(found, mmap.mmap)
    assert found[:] == RAW
    with pytest.raises(TypeError):
        found[0] = 1
    path = next(fd for fd in Path("/proc/self/fd").iterdir() if is_shared(fd))
    with pytest.raises(PermissionError), path.open("r+b", buffering=0) as file:
        file.write(b"x")
    with pytest.raises(PermissionError), path.open("r+b") as file:
        file.truncate(1)


@pytest.mark.usefixtures("worker")
def test_a_process_keeps_its_own_copy_where_memory_cannot_be_shared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A machine without descriptors or without memory files serves all the same."""

    def full(*_: object) -> int:
        raise OSError("no descriptor is left")

    monkeypatch.setattr(os, "memfd_create", full)
    assert shared(RAW) is RAW
