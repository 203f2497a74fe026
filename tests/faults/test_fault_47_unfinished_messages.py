"""Messages that are never complete hold a place for a bounded time, and few places."""

from contextlib import ExitStack

import pytest

from flooding import MOST_MIB, PROMPT, memory_mib, watched
from hostile import Connection, connect, idle_connections, message
from namesmith.limits import MAX_MESSAGE_BYTES
from namesmith.v1 import names_pb2 as pb
from processes import ServerProcess, running

SERVICE = "namesmith.v1.NameService"
ONE = message(pb.GenerateNamesRequest(count=1).SerializeToString())
HALF = message(bytes(MAX_MESSAGE_BYTES // 2), declared=MAX_MESSAGE_BYTES)


def hold_halves(server: ServerProcess, method: str, count: int, body: bytes) -> Connection:
    """Return a connection that has begun calls, and sent a part of each request."""
    attacker = Connection(server.address)
    for _ in range(min(count, attacker.room)):
        attacker.post(attacker.call(f"{SERVICE}/{method}"), body)
    attacker.idle(1)
    return attacker


@pytest.mark.parametrize("connections", [1, pytest.param(8, marks=pytest.mark.slow)])
@pytest.mark.parametrize("method", ["ScoreNames", "EvaluateNames"])
def test_fault_47_halves_of_messages_are_bounded(method: str, connections: int) -> None:
    """Hundreds of halves hold little memory, and a newcomer's calls are answered soon."""
    with running() as server, watched(server) as watch, ExitStack() as stack:
        attackers = [
            stack.enter_context(hold_halves(server, method, 400 // connections, HALF))
            for _ in range(connections)
        ]
        newcomer = stack.enter_context(connect(server.address))
        for _ in range(50):
            call = newcomer.call(f"{SERVICE}/GenerateNames", ONE)
            assert newcomer.read(call, PROMPT).status == "OK"
        assert any(attacker.statuses()["RESOURCE_EXHAUSTED"] for attacker in attackers)
    assert watch.slowest < PROMPT
    assert watch.peak_mib < MOST_MIB


@pytest.mark.slow
def test_fault_47_a_message_that_is_never_complete_ends_with_a_status() -> None:
    """After 20 seconds; a sender of a byte a second is no quicker."""
    with running() as server, connect(server.address) as attacker:
        idle = attacker.call(f"{SERVICE}/GenerateNames")
        dripping = attacker.call(f"{SERVICE}/ScoreNames")
        attacker.send(dripping, message(b"", declared=1_000))
        for _ in range(22):
            if attacker.answers[dripping].ended:
                break
            attacker.post(dripping, b"a")
            attacker.idle(1)
        for stream in (idle, dripping):
            answer = attacker.read(stream)
            assert (answer.status, answer.reason) == ("RESOURCE_EXHAUSTED", "TOO_SLOW")
            assert answer.text == "request: was not complete within 20 seconds"


@pytest.mark.slow
def test_fault_47_idle_connections_cost_little() -> None:
    """5,000 connections that say nothing, and a newcomer is answered."""
    with running() as server, watched(server) as watch:
        before = memory_mib(server, "VmRSS")
        with idle_connections(server.address, 5_000) as opened:
            with connect(server.address) as newcomer:
                call = newcomer.call(f"{SERVICE}/GenerateNames", ONE)
                assert newcomer.read(call, 20).status == "OK"
            assert memory_mib(server, "VmRSS") - before < len(opened) * 40 / 1024
    assert watch.peak_mib < MOST_MIB
