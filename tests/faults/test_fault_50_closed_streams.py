"""Fault 50: a standard stream is closed when the server starts."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from namesmith_client import Client
from processes import SERVER

pytestmark = pytest.mark.slow  # CI has no room for it: make faults

CLOSED = ("<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", "<&- >&- 2>&-")
"""Redirections of a shell that close streams."""


def start(closed: str, *options: str) -> "subprocess.Popen[bytes]":
    """Start a server without some of its streams."""
    command = ("sh", "-c", f'exec "$@" {closed}', "sh", SERVER, *options)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
@pytest.mark.parametrize("closed", CLOSED)
def test_fault_50_a_server_without_a_stream_serves(closed: str, workers: str) -> None:
    """The server serves, no socket takes the place of a stream, and SIGTERM drains it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with start(closed, "--address", address, "--workers", workers) as process:
        try:
            with Client(address) as client:
                client.wait_ready(timeout=60)
                assert len(client.generate(3).names) == 3
            streams = [str(Path(f"/proc/{process.pid}/fd/{one}").readlink()) for one in range(3)]
            process.send_signal(signal.SIGTERM)
            printed, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    assert not printed
    assert not any(one.startswith("socket:") for one in streams)
    assert streams.count(os.devnull) >= closed.count("&-")


@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize(("options", "status"), [(["--models", "absent"], 1), (["--none"], 2)])
def test_fault_50_a_failure_has_its_status(closed: str, options: list[str], status: int) -> None:
    """A server that cannot start exits with 1 or 2, and says why unless it has no stream for it."""
    with start(closed, "--address", "127.0.0.1:0", *options) as process:
        _, written = process.communicate(timeout=60)
    assert process.returncode == status
    assert b"Traceback" not in written
    assert bool(written) == ("2>&-" not in closed)
