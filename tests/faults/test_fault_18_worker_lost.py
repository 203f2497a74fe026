"""Fault 18: a worker is killed, or hangs: the others serve, and another takes its place."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import grpc
import pytest

from changed import changed
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import ScoreNamesRequest
from namesmith_client import Client
from processes import ServerProcess, running

STUCK = """
import time

from namesmith_server.grpc import NameService

answer = NameService.ScoreNames


async def stuck(self, request, context):
    if list(request.names) == ["stuck"]:
        time.sleep(3600)
    return await answer(self, request, context)


NameService.ScoreNames = stuck
"""
"""A change of the server: a call that never gives the event loop back."""


def serving(events: Iterator[dict[str, object]], count: int) -> list[int]:
    """Return the process ids of the next ``count`` workers that begin to serve."""
    pids = (event["pid"] for event in events if event["event"] == "worker serving")
    return [int(str(pid)) for pid in islice(pids, count)]


def replacement(server: ServerProcess, expected: str) -> int:
    """Return the process that serves in a lost worker's place, after an expected event."""
    for event in server.events():
        if event["event"] == expected:
            break
    return serving(server.events(), 1)[0]


def test_fault_18_a_killed_worker_is_replaced_while_the_other_serves() -> None:
    """Every call of a client that retries succeeds while a worker is killed and replaced."""
    with running("--workers", "2") as server:
        first = serving(iter(server.log), 2)
        back = threading.Event()
        failures: list[Exception] = []
        caller = threading.Thread(target=call_until, args=(server.address, back, failures))
        caller.start()
        os.kill(first[1], signal.SIGKILL)
        assert replacement(server, "worker died") not in first
        back.set()
        caller.join(60)
    assert not failures


def call_until(address: str, end: threading.Event, failures: list[Exception]) -> None:
    """Call a server over ever new connections until an event is set; note what fails."""
    try:
        while not end.is_set():
            with Client(address) as client:
                assert len(client.generate(20).names) == 20
    except Exception as error:  # noqa: BLE001 - reported by the test
        failures.append(error)


@pytest.mark.slow
def test_fault_18_a_stopped_worker_is_replaced() -> None:
    """A worker that SIGSTOP has stopped is noticed, killed and replaced."""
    with running("--workers", "2") as server:
        first = serving(iter(server.log), 2)
        os.kill(first[0], signal.SIGSTOP)
        assert replacement(server, "worker hung") not in first
        with Client(server.address) as client:
            assert len(client.generate(3).names) == 3


@pytest.mark.slow
def test_fault_18_a_worker_whose_event_loop_is_stuck_is_replaced(tmp_path: Path) -> None:
    """A worker that runs, but whose event loop never comes back, is replaced."""
    with changed(tmp_path, STUCK, "--workers", "2") as server:
        first = serving(iter(server.log), 2)

        with grpc.insecure_channel(server.address, (("grpc.enable_retries", 0),)) as channel:
            stub = names_pb2_grpc.NameServiceStub(channel)
            stuck = stub.ScoreNames.future(ScoreNamesRequest(names=["stuck"]))
            assert replacement(server, "worker hung") not in first
            assert stuck.exception(60).code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.slow
def test_fault_18_a_pause_of_the_whole_server_costs_no_worker() -> None:
    """All processes are stopped for longer than a worker may be silent, and go on."""
    with running("--workers", "2") as server:
        pids = [server.process.pid, *serving(iter(server.log), 2)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(15)  # the length of the pause is the fault
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        time.sleep(3)  # in which the supervisor looks three times
        with Client(server.address) as client:
            assert len(client.generate(3).names) == 3
        server.process.terminate()
        events = [event["event"] for event in server.events()]
    assert not {"worker hung", "worker died"} & set(events)
