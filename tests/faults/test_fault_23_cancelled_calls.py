"""Fault 23: calls are cancelled while they wait, while they run, and as they complete."""

import asyncio
import random
import time
from pathlib import Path

import grpc
import pytest

from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import (
    Constraint,
    GenerateNamesRequest,
    MeasureConstraintRequest,
    ScoreNamesRequest,
    StreamNamesRequest,
)
from processes import running

LIMIT = 8_000
"""Largest number of names in work: a call for all of them is admitted where no other work is."""


@pytest.mark.parametrize("has_chain", [True, False])
async def test_fault_23_cancelled_calls_leave_nothing_in_work(
    repository: Path, deep_repository: Path, *, has_chain: bool
) -> None:
    """After 600 calls that end early, at any moment, the whole limit is free again."""
    models = repository if has_chain else deep_repository
    moments = random.Random(23)  # noqa: S311 - no secret
    with running("--models", models, "--max-names", str(LIMIT)) as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub = names_pb2_grpc.NameServiceStub(channel)
            for _ in range(10):
                calls = [one(stub, number, moments.uniform(0, 0.2)) for number in range(60)]
                await asyncio.gather(*calls)
            await whole_limit(stub)


async def one(stub: "names_pb2_grpc.NameServiceAsyncStub", number: int, seconds: float) -> None:
    """Begin a call, and cancel it after some seconds, when it may be in any state."""
    if number % 4 == 0:
        call = stub.StreamNames(StreamNamesRequest(count=10**9))
    elif number % 4 == 1:
        call = stub.GenerateNames(GenerateNamesRequest(count=1_000))
    elif number % 4 == 2:
        pattern = Constraint(pattern=f"[a-z]{{{number}}}.*")
        call = stub.MeasureConstraint(MeasureConstraintRequest(constraint=pattern))
    else:
        call = stub.ScoreNames(ScoreNamesRequest(names=["anna"] * 2_000))
    await asyncio.sleep(seconds)
    call.cancel()


async def whole_limit(stub: "names_pb2_grpc.NameServiceAsyncStub") -> None:
    """Make a call that is admitted only where no other work is in the server any more."""
    latest = time.monotonic() + 60
    while True:
        try:
            answer = await stub.GenerateNames(GenerateNamesRequest(count=LIMIT))
        except grpc.aio.AioRpcError as error:
            assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED  # noqa: PT017 - more to do
            assert time.monotonic() < latest
            await asyncio.sleep(0.05)
        else:
            assert len(answer.names) == LIMIT
            return
