"""Streams and answers that nobody reads: a connection has a share, and memory is bounded."""

from contextlib import ExitStack

import pytest

from flooding import MOST_MIB, PROMPT, watched
from hostile import Connection, connect, message
from namesmith.v1 import names_pb2 as pb
from namesmith_server.app.transport.server import MAX_CONCURRENT_CALLS
from processes import ServerProcess, running

SERVICE = "namesmith.v1.NameService"
ENDLESS = message(pb.StreamNamesRequest(count=10**9).SerializeToString())
ONE = message(pb.GenerateNamesRequest(count=1).SerializeToString())
MANY = message(pb.GenerateNamesRequest(count=50_000).SerializeToString())


def hold(server: ServerProcess, method: str, body: bytes, count: int) -> Connection:
    """Return a connection that has made calls whose answers it does not read.

    It makes ``count`` calls, or as many as the server lets one connection have in progress.
    """
    attacker = Connection(server.address, grants=False)
    for _ in range(min(count, attacker.room)):
        attacker.call(f"{SERVICE}/{method}", body)
    attacker.idle(1)
    return attacker


def answered(server: ServerProcess) -> None:
    """Check that a newcomer's stream, bulk call and small call are answered."""
    with connect(server.address) as newcomer:
        stream = newcomer.call(f"{SERVICE}/StreamNames", ENDLESS)
        assert newcomer.wait(lambda: newcomer.answers[stream].messages, 20)
        newcomer.cancel(stream)
        for body in (ONE, MANY):
            answer = newcomer.read(newcomer.call(f"{SERVICE}/GenerateNames", body), 20)
            assert answer.status == "OK"


def test_fault_43_unread_streams_of_a_connection_lock_nobody_out() -> None:
    """1,000 unread streams take their connection's share, and a newcomer is answered."""
    with (
        running() as server,
        watched(server) as watch,
        hold(server, "StreamNames", ENDLESS, 1_000) as attacker,
    ):
        assert len(attacker.answers) == MAX_CONCURRENT_CALLS
        answered(server)
    assert watch.slowest < PROMPT
    assert watch.peak_mib < MOST_MIB


@pytest.mark.slow
@pytest.mark.parametrize(("method", "body"), [("StreamNames", ENDLESS), ("GenerateNames", MANY)])
def test_fault_43_unread_answers_of_eight_connections_are_bounded(method: str, body: bytes) -> None:
    """Eight connections that read nothing leave memory, and room for a newcomer."""
    with running() as server, watched(server) as watch, ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(hold(server, method, body, 200))
        answered(server)
    assert watch.slowest < PROMPT
    assert watch.peak_mib < MOST_MIB


@pytest.mark.slow
def test_fault_43_a_stream_that_nobody_reads_ends() -> None:
    """After a minute its reader finds what was sent before, and then why there is no more."""
    with running() as server, connect(server.address, window=0) as attacker:
        stream = attacker.call(f"{SERVICE}/StreamNames", ENDLESS)
        attacker.idle(63)
        assert not attacker.answers[stream].ended
        attacker.grant(1 << 20, stream)
        answer = attacker.read(stream, 10)
        assert answer.messages
        assert (answer.status, answer.reason) == ("RESOURCE_EXHAUSTED", "TOO_SLOW")
        assert answer.text == "the stream was not read for 60 seconds"
