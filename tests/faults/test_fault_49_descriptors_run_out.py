"""Fault 49: the descriptors of the process run out."""

import resource
import socket
import sys
from contextlib import ExitStack

import grpc
import pytest

from namesmith_client import Client
from namesmith_server.app.transport.descriptors import MOST, open_descriptors, raise_limit
from processes import SERVER, running

LIMIT = 200
"""Limit of the descriptors of a server that a test lets run out of them."""


def limited(soft: int, hard: int) -> list[str]:
    """Return the beginning of a command that runs under limits of descriptors."""
    change = (
        "import os, resource, sys; "
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard})); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    return [sys.executable, "-c", change, str(SERVER)]


def test_fault_49_a_shortage_is_logged_and_passes() -> None:
    """The log warns with the numbers; calls are answered again once connections have gone."""
    with running(program=limited(LIMIT, LIMIT)) as server:
        with Client(server.address) as client, ExitStack() as idle:
            assert client.generate(3).names
            host, port = server.address.split(":")
            for _ in range(LIMIT):
                idle.enter_context(socket.create_connection((host, int(port))))
            warned = next(server.events())
            assert warned["event"] == "descriptors nearly used up"
            assert warned["limit"] == LIMIT
            assert 0.9 * LIMIT <= warned["used"] <= LIMIT
            assert client.generate(3).names  # a connection that was accepted goes on
        with grpc.insecure_channel(server.address) as channel:
            grpc.channel_ready_future(channel).result(60)
        with Client(server.address) as client:
            assert client.generate(3).names
        server.process.terminate()
        events = [event["event"] for event in server.events()]
        assert server.process.wait(30) == 0
    assert events == ["draining", "stopped"]  # one warning a minute at most


@pytest.mark.parametrize("workers", ["1", "2"])
def test_fault_49_the_limit_is_raised_as_far_as_the_system_allows(workers: str) -> None:
    """A soft limit below the hard one does not hold the server back, nor its workers."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    hard = min(hard, 4_096) if hard != resource.RLIM_INFINITY else 4_096
    with running("--workers", workers, program=limited(256, hard)) as server:
        serving = [one["pid"] for one in server.log if one["event"] == "worker serving"]
        for pid in serving or [server.process.pid]:
            assert resource.prlimit(int(pid), resource.RLIMIT_NOFILE) == (hard, hard)


def test_fault_49_the_descriptors_are_counted() -> None:
    """The count follows what is opened and closed, give or take what libraries do meanwhile."""
    before = open_descriptors()
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(socket.socket())
        assert open_descriptors() == pytest.approx(before + 100, abs=10)
    assert open_descriptors() == pytest.approx(before, abs=10)
    assert 0 < raise_limit() <= MOST
