"""Fault 21: wave after wave of calls, each above the limit of work."""

import asyncio
import time
from pathlib import Path

import grpc
import pytest

from changed import changed
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest, StreamNamesRequest

LIMIT = 20_000
"""Largest number of names in work."""

WATCHED = """
from pathlib import Path

from namesmith_server.engine import Admission

acquire, most = Admission.acquire, 0


def watched(self, *arguments):
    global most
    acquire(self, *arguments)
    if self._limit == {limit} and self._busy > most:
        most = self._busy
        Path({path!r}).write_text(str(most))


Admission.acquire = watched
"""
"""A change of the server that writes the largest number of names in work to a file."""


@pytest.mark.slow
async def test_fault_21_repeated_waves_never_exceed_the_limit(tmp_path: Path) -> None:
    """Ten waves of 200 calls and streams: refusals are RESOURCE_EXHAUSTED, and work ends whole."""
    path = tmp_path / "most"
    change = WATCHED.format(path=str(path), limit=LIMIT)
    with changed(tmp_path, change, "--max-names", str(LIMIT)) as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub = names_pb2_grpc.NameServiceStub(channel)
            codes = []
            for _ in range(10):
                codes += await asyncio.gather(*(one(stub, number) for number in range(200)))
            assert set(codes) == {grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED}
            await whole_limit(stub)
    assert 0 < int(path.read_text()) <= LIMIT


async def one(stub: "names_pb2_grpc.NameServiceAsyncStub", number: int) -> grpc.StatusCode:
    """Make a call, or read a stream, and return its code."""
    try:
        if number % 2:
            await stub.GenerateNames(GenerateNamesRequest(count=3_000))
        else:
            async for _ in stub.StreamNames(StreamNamesRequest(count=3_000)):
                pass
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def whole_limit(stub: "names_pb2_grpc.NameServiceAsyncStub") -> None:
    """Make a call that is admitted only where no other work is in the server any more."""
    latest = time.monotonic() + 30
    while True:
        try:
            await stub.GenerateNames(GenerateNamesRequest(count=LIMIT))
        except grpc.aio.AioRpcError:
            assert time.monotonic() < latest
        else:
            return
