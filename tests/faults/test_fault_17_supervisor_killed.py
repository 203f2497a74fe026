"""Fault 17: the supervisor of several workers is killed."""

import os
import subprocess
from pathlib import Path

import pytest

from processes import SERVER, running


def children(pid: int) -> list[int]:
    """Return the ids of the processes that a process has started and that have not ended."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def test_fault_17_no_worker_outlives_a_killed_supervisor() -> None:
    """SIGKILL of the supervisor ends all workers that serve; the log, which they hold, ends."""
    with running("--workers", "3") as server:
        left = children(server.process.pid)
        assert len(left) >= 3
        server.process.kill()
        assert server.process.stderr is not None
        server.process.stderr.read()  # until the last worker has closed it
        assert not any(is_worker(pid) for pid in left)


@pytest.mark.parametrize("lines", [0, 1])
def test_fault_17_no_worker_outlives_a_supervisor_killed_at_the_start(lines: int) -> None:
    """SIGKILL while workers import or load leaves none behind."""
    command = [SERVER, "--address", "127.0.0.1:0", "--workers", "3"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while len(left := children(process.pid)) < 3:
            assert process.poll() is None
        for _ in range(lines):
            process.stderr.readline()
        process.kill()
        process.stderr.read()
    assert not any(is_worker(pid) for pid in left)


def is_worker(pid: int) -> bool:
    """Tell whether a process still runs the server's code; one that has ended does not."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return b"spawn_main" in command
