"""Several worker processes behind one port."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from namesmith_client import Client
from processes import SERVER, ServerProcess, running


def pids(events: Iterator[dict[str, object]], count: int) -> list[int]:
    """The process ids of the next workers that serve."""
    serving = (event["pid"] for event in events if event["event"] == "worker serving")
    return [int(str(pid)) for pid in islice(serving, count)]


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    """A server of two workers."""
    with running("--workers", "2") as server:
        yield server


def gone(pid: int) -> bool:
    """Whether the process has ended, a zombie counting as ended."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_every_worker_gives_the_names_of_a_single_server(server: ServerProcess) -> None:
    """Over 20 connections, which the kernel spreads, a seed gives what one worker gives."""
    with running() as single, Client(single.address) as client:
        expected = client.generate(100, seed=3).names
    for _ in range(20):
        with Client(server.address) as client:
            assert client.generate(100, seed=3).names == expected


def test_a_killed_worker_is_back_and_no_call_fails(server: ServerProcess) -> None:
    """Eight clients call without a pause while one of the workers is killed and restarted."""
    first = pids(iter(server.log), 2)
    back = threading.Event()
    failures: list[Exception] = []
    calls = [0] * 8

    def call(number: int) -> None:
        try:
            with Client(server.address) as client:
                while not back.is_set():
                    assert len(client.generate(20).names) == 20
                    calls[number] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            failures.append(error)

    callers = [threading.Thread(target=call, args=(i,)) for i in range(8)]
    for caller in callers:
        caller.start()
    os.kill(first[0], signal.SIGKILL)
    (again,) = pids(server.events(), 1)
    back.set()
    for caller in callers:
        caller.join(60)
    assert not failures
    assert all(calls)
    assert again not in first


def test_workers_end_when_the_supervisor_is_killed(server: ServerProcess) -> None:
    """Even SIGKILL leaves no worker behind: the log, which they hold open, ends."""
    workers = pids(iter(server.log), 2)
    server.process.kill()
    assert server.process.stderr is not None
    server.process.stderr.read()
    assert all(gone(worker) for worker in workers)


def test_sigterm_drains_every_worker(server: ServerProcess) -> None:
    """The supervisor passes it on, waits, and exits 0."""
    workers = pids(iter(server.log), 2)
    server.process.terminate()
    events = [event["event"] for event in server.events()]
    assert events.count("draining") == 3  # two workers and the supervisor
    assert events[-1] == "stopped"
    assert server.process.wait(30) == 0
    assert all(gone(worker) for worker in workers)


def test_the_port_of_another_server_is_refused(server: ServerProcess) -> None:
    """Workers share their port with each other, and with nobody else."""
    for options in ([], ["--workers", "2"]):
        command = [SERVER, "--address", server.address, *options]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 1
        assert f"address {server.address}: Address already in use" in ended.stderr


def test_workers_that_cannot_start_say_why() -> None:
    """A server of which no worker can load its models ends with status 1."""
    command = [SERVER, "--address", "127.0.0.1:0", "--workers", "2", "--models", "absent"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "namesmith-server: models absent: No such file or directory" in ended.stderr
    assert "Traceback" not in ended.stderr
