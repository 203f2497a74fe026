"""Fault 46: signals that are neither SIGTERM nor SIGINT."""

import signal
from collections.abc import Sequence
from typing import Any

import grpc
import pytest

from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest
from processes import ONE_OR_TWO, running

WORKERS = pytest.mark.parametrize("workers", ONE_OR_TWO)

DRAINING = (signal.SIGQUIT, signal.SIGXCPU, signal.SIGPWR)

PASSED_OVER = (
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGALRM,
    signal.SIGVTALRM,
    signal.SIGPROF,
    signal.SIGIO,
    signal.SIGRTMIN + 3,
)

SILENT = (signal.SIGPIPE, signal.SIGCHLD, signal.SIGWINCH, signal.SIGURG, signal.SIGCONT)
"""Signals that nobody needs to know of."""


def first_of(signals: Sequence[int]) -> list[Any]:
    """Return parameters of which the first is tested always, the others with the slow tests."""
    first, *others = signals
    return [first, *(pytest.param(one, marks=pytest.mark.slow) for one in others)]


@WORKERS
@pytest.mark.parametrize("number", first_of(DRAINING), ids=lambda one: one.name)
def test_fault_46_a_signal_that_stops_drains(number: int, workers: str) -> None:
    """The signal lets calls in flight end: each is answered in full, and the status is 0."""
    with (
        running("--workers", workers) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = names_pb2_grpc.NameServiceStub(channel)
        stub.GenerateNames(GenerateNamesRequest(count=1))
        calls = [stub.GenerateNames.future(GenerateNamesRequest(count=30_000)) for _ in range(8)]
        stub.GenerateNames(GenerateNamesRequest(count=1))  # behind them: they are in the server
        server.process.send_signal(number)
        events = [event["event"] for event in server.events()]
        assert [len(call.result().names) for call in calls] == [30_000] * 8
        assert server.process.wait(30) == 0
    assert "draining" in events
    assert events[-1] == "stopped"


@pytest.mark.parametrize("number", [*first_of(PASSED_OVER), *first_of(SILENT)])
def test_fault_46_a_signal_that_means_nothing_is_passed_over(number: int) -> None:
    """The server serves on after the signal, and logs a signal that would have ended it."""
    with running() as server, grpc.insecure_channel(server.address) as channel:
        stub = names_pb2_grpc.NameServiceStub(channel)
        server.process.send_signal(number)
        assert stub.GenerateNames(GenerateNamesRequest(count=3)).names
        server.process.send_signal(signal.SIGTERM)
        events = [event["event"] for event in server.events()]
        assert server.process.wait(30) == 0
    told = ["signal ignored"] if number in PASSED_OVER else []
    assert events == [*told, "draining", "stopped"]
