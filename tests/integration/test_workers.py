"""A server of several worker processes behind one port."""

import os
import signal
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from namesmith_client import Client
from processes import ServerProcess, refused, running


def pids(events: Iterator[dict[str, object]], count: int) -> list[int]:
    """Return the process ids of the next ``count`` workers that begin to serve."""
    serving = (event["pid"] for event in events if event["event"] == "worker serving")
    return [int(str(pid)) for pid in islice(serving, count)]


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    """Provide a server of two workers."""
    with running("--workers", "2") as server:
        yield server


def gone(pid: int) -> bool:
    """Tell whether the process has ended; a zombie process has ended."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_every_worker_gives_the_names_of_a_single_server(server: ServerProcess) -> None:
    """A seed gives the names of a single server over 20 connections, which the kernel spreads."""
    with running() as single, Client(single.address) as client:
        expected = client.generate(100, seed=3).names
    for _ in range(20):
        with Client(server.address) as client:
            assert client.generate(100, seed=3).names == expected


def test_a_killed_worker_is_back_and_no_call_fails(server: ServerProcess) -> None:
    """No call of eight busy clients fails while a worker is killed and restarted."""
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
        except Exception as error:  # noqa: BLE001 - reported by the test
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
    """SIGKILL of the supervisor leaves no worker: the log, which workers hold open, ends."""
    workers = pids(iter(server.log), 2)
    server.process.kill()
    assert server.process.stderr is not None
    server.process.stderr.read()
    assert all(gone(worker) for worker in workers)


def test_sigterm_drains_every_worker(server: ServerProcess) -> None:
    """The supervisor drains every worker, waits for all, and exits with 0."""
    workers = pids(iter(server.log), 2)
    server.process.terminate()
    events = [event["event"] for event in server.events()]
    assert events.count("draining") == 3  # two workers and the supervisor
    assert events[-1] == "stopped"
    assert server.process.wait(30) == 0
    assert all(gone(worker) for worker in workers)


def test_the_port_of_another_server_is_refused(server: ServerProcess) -> None:
    """Workers share their port with each other, and with no other server."""
    for options in ([], ["--workers", "2"]):
        ended = refused("--address", server.address, *options)
        assert ended.returncode == 1
        assert f"address {server.address}: Address already in use" in ended.stderr


def test_workers_that_cannot_start_say_why() -> None:
    """A server whose workers cannot load a model exits with 1 and writes the reason."""
    ended = refused("--workers", "2", "--models", "absent")
    assert ended.returncode == 1
    assert "namesmith-server: models absent: No such file or directory" in ended.stderr
