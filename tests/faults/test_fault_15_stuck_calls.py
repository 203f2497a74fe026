"""Fault 15: the grace is over, and a call is stuck."""

import signal
import sys
import time

import grpc
import pytest
from grpc_status import rpc_status

from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest
from processes import running

GRACE = 1.0

BOUND = 30.0
"""Seconds after which a server counts as hanging: a stuck call takes 600."""

STUCK = {
    "thread-in-c": "await asyncio.to_thread(ctypes.CDLL(None).sleep, 600)",
    "thread-in-python": "await asyncio.to_thread(sleep)",
    "event-loop": "sleep()",
}
"""Ways in which a call can hang, as statements of its handler."""

SERVER = """
import asyncio, ctypes, logging, time
from namesmith_server.app.main import main
from namesmith_server.engine import Model

def sleep():
    for _ in range(60_000):
        time.sleep(0.01)

async def generate(self, request):
    logging.warning("stuck")
    {stuck}

Model.try_generate_inline = lambda *_: None
Model.generate = generate
main()
"""
"""A server whose calls hang."""


def stop_with_a_stuck_call(stuck: str) -> tuple[grpc.RpcError, int, float]:
    """Stop a server; return the failure of its call, its exit status and the seconds it took."""
    program = (sys.executable, "-c", SERVER.format(stuck=stuck))
    with (
        running("--grace-seconds", str(GRACE), program=program) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = names_pb2_grpc.NameServiceStub(channel)
        call = stub.GenerateNames.future(GenerateNamesRequest(count=1))
        assert next(server.events())["event"] == "stuck"
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        failure = call.exception(timeout=BOUND)
        status = server.process.wait(BOUND)
        return failure, status, time.monotonic() - began


@pytest.mark.parametrize("stuck", ["thread-in-c", "thread-in-python"])
def test_fault_15_a_stuck_thread_holds_up_neither_the_status_nor_the_end(stuck: str) -> None:
    """A call whose thread hangs is UNAVAILABLE with details, and the server exits with 0."""
    failure, status, seconds = stop_with_a_stuck_call(STUCK[stuck])
    assert failure.code() is grpc.StatusCode.UNAVAILABLE
    assert rpc_status.from_call(failure).details
    assert status == 0
    assert GRACE <= seconds < BOUND


@pytest.mark.slow
def test_fault_15_a_stuck_event_loop_does_not_keep_the_process() -> None:
    """A server whose event loop hangs ends by itself some seconds after the grace, with 1."""
    failure, status, seconds = stop_with_a_stuck_call(STUCK["event-loop"])
    assert failure.code() is grpc.StatusCode.UNAVAILABLE
    assert status == 1
    assert GRACE <= seconds < BOUND
