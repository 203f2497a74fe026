"""Fault 44: the reader of the log has stalled, or has gone."""

import signal

import grpc
import pytest

from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith_server.app.logging import CAPACITY
from processes import ServerProcess, running

pytestmark = pytest.mark.slow  # CI has no room for it: make faults

IN_A_PIPE = 1_000
"""More lines about refused calls than a pipe holds: 64 KiB, at more than 100 bytes a line."""

BOUND = 30.0
"""Seconds after which a server counts as hanging."""


def refuse(server: ServerProcess, count: int) -> None:
    """Make calls that the server must refuse, each of which it logs at level debug."""
    with grpc.insecure_channel(server.address) as channel:
        stub = names_pb2_grpc.NameServiceStub(channel)
        for _ in range(count):
            with pytest.raises(grpc.RpcError) as caught:
                stub.GenerateNames(GenerateNamesRequest(count=0), timeout=BOUND)
            assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("workers", ["1", "2"])
def test_fault_44_a_stalled_reader_stalls_neither_calls_nor_sigterm(workers: str) -> None:
    """While nobody reads the log, every call is answered, and SIGTERM ends the server with 0."""
    with running("--log-level", "debug", "--workers", workers) as server:
        refuse(server, IN_A_PIPE)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(BOUND) == 0


def test_fault_44_lost_lines_are_counted() -> None:
    """The log tells how many lines it has lost, once its reader reads again."""
    calls = IN_A_PIPE + CAPACITY
    with running("--log-level", "debug") as server:
        refuse(server, calls)
        events = server.events()
        read = []
        for event in events:
            read.append(event)
            if event["event"] == "log lines lost":
                break
        server.process.send_signal(signal.SIGTERM)
        read.extend(events)
        assert server.process.wait(BOUND) == 0
    refused = sum(event["event"] == "call refused" for event in read)
    lost = sum(event["lines"] for event in read if event["event"] == "log lines lost")
    others = 2_000  # lines of the watchdog, and of the access log
    assert refused > CAPACITY
    assert calls <= refused + lost <= calls + others
    assert [event["event"] for event in read[-2:]] == ["draining", "stopped"]


def test_fault_44_a_reader_that_has_gone_stops_nothing() -> None:
    """After the log's pipe has broken, calls are answered, and SIGTERM ends the server with 0."""
    with running("--log-level", "debug") as server:
        assert server.process.stderr is not None
        server.process.stderr.close()
        refuse(server, 10)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(BOUND) == 0
