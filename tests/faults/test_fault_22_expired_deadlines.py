"""Fault 22: calls whose deadline is a millisecond, at a server that is busy with others."""

import asyncio
import time
from pathlib import Path

import grpc

from changed import changed
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest, ScoreNamesRequest

STALL = 2.0
"""Seconds in which the server begins no call."""

LATE = 1.0
"""Seconds after its deadline at which a call that reaches the model is late, however slow the
machine is; half of ``STALL``."""

WATCHED = """
import time
from pathlib import Path

from namesmith_server.engine import Model

generate, stream, inline = Model.generate, Model.stream, Model.try_generate_inline
score = Model.score


def note(request):
    if 10**9 < request.seed < time.monotonic_ns() - {late}:
        with Path({path!r}).open("a") as file:
            file.write(f"{{request.seed}}\\n")


def watched_inline(self, request):
    note(request)
    return inline(self, request)


def watched_generate(self, request):
    note(request)
    return generate(self, request)


def watched_stream(self, request):
    note(request)
    return stream(self, request)


def stalled(self, names):
    if list(names) == ["stall"]:
        time.sleep({stall})
    return score(self, names)


Model.try_generate_inline, Model.generate = watched_inline, watched_generate
Model.stream, Model.score = watched_stream, stalled
"""
"""A change of the server that notes requests, whose seed is their deadline, that reach the model
late."""


async def test_fault_22_no_call_whose_deadline_has_passed_reaches_the_model(tmp_path: Path) -> None:
    """300 calls of 1 ms end with DEADLINE_EXCEEDED, none works, and the next call is answered."""
    path = tmp_path / "late"
    change = WATCHED.format(path=str(path), late=int(LATE * 1e9), stall=STALL)
    with changed(tmp_path, change) as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub = names_pb2_grpc.NameServiceStub(channel)
            await stub.GenerateNames(GenerateNamesRequest(count=1))
            for count in (1, 2_000):  # on the event loop, and beside it
                stall = asyncio.ensure_future(stub.ScoreNames(ScoreNamesRequest(names=["stall"])))
                codes = await asyncio.gather(*(expiring(stub, count) for _ in range(300)))
                assert set(codes) <= {grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.OK}
                assert codes.count(grpc.StatusCode.DEADLINE_EXCEEDED) >= 200
                await asyncio.wait([stall])
                answer = await stub.GenerateNames(GenerateNamesRequest(count=count))
                assert len(answer.names) == count
    assert not path.exists()


async def expiring(stub: "names_pb2_grpc.NameServiceAsyncStub", count: int) -> grpc.StatusCode:
    """Make a call that ends within a millisecond; its seed is the moment of its deadline."""
    deadline = time.monotonic_ns() + 1_000_000
    try:
        await stub.GenerateNames(GenerateNamesRequest(count=count, seed=deadline), timeout=0.001)
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK
