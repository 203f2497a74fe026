"""Work beyond a bound is refused at once, and work that has ended leaves room."""

import asyncio
from typing import Any

import grpc
import pytest

from namesmith.v1.models_pb2 import ListModelsRequest
from namesmith.v1.names_pb2 import Constraint, GenerateNamesRequest, Sampling, StreamNamesRequest
from namesmith_server.engine.concurrency import single_flight
from refusals import refusal


async def test_calls_past_the_limit_are_refused_at_once(names: Any, models: Any) -> None:
    """RESOURCE_EXHAUSTED holds RetryInfo; admitted calls are answered, and then there is room."""
    large = GenerateNamesRequest(count=62_000)  # of 375,000 at once, two thirds for one connection
    calls = [names.GenerateNames(large) for _ in range(6)]
    assert (await models.ListModels(ListModelsRequest())).models  # never refused
    results = await asyncio.gather(*calls, return_exceptions=True)
    refused = [result for result in results if isinstance(result, grpc.aio.AioRpcError)]
    assert all(len(result.names) == 62_000 for result in results if result not in refused)
    assert len(refused) == 2
    for call in calls:
        if await call.code() is not grpc.StatusCode.OK:
            code, message, _, kinds = await refusal(call)
            assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert message.endswith("at most 250000 at once")
            assert kinds == {"ErrorInfo", "RetryInfo"}
    assert len((await names.GenerateNames(large)).names) == 62_000


async def test_cancelled_streams_leave_room_for_others(names: Any) -> None:
    """Four calls of 62,000 names find no room beside 32 streams, and find it once these end."""
    large = GenerateNamesRequest(count=62_000)
    for _ in range(2):
        streams = [names.StreamNames(StreamNamesRequest(count=10**9)) for _ in range(32)]
        for stream in streams:
            assert (await stream.read()).names
        refused = await asyncio.gather(
            *(names.GenerateNames(large) for _ in range(4)), return_exceptions=True
        )
        assert any(isinstance(one, grpc.aio.AioRpcError) for one in refused)
        for stream in streams:
            stream.cancel()
        for _ in range(1_000):  # until the server has heard of it
            answers = await asyncio.gather(
                *(names.GenerateNames(large) for _ in range(4)), return_exceptions=True
            )
            if not any(isinstance(one, grpc.aio.AioRpcError) for one in answers):
                break
            await asyncio.sleep(0.01)
        else:
            pytest.fail("the cancelled streams are still counted")


async def test_paused_readers_leave_room_for_others(names: Any) -> None:
    """A hundred streams that nobody reads on do not keep a bulk call out."""
    streams = [names.StreamNames(StreamNamesRequest(count=10**9)) for _ in range(100)]
    for stream in streams:
        assert (await stream.read()).names
    assert len((await names.GenerateNames(GenerateNamesRequest(count=62_000))).names) == 62_000
    for stream in streams:
        stream.cancel()


async def test_new_samplings_past_a_bound_are_refused_at_once(names: Any) -> None:
    """A new sampling takes memory while it is prepared: beyond a bound calls may try again."""
    calls = [
        names.GenerateNames(
            GenerateNamesRequest(
                count=1,
                sampling=Sampling(temperature=1 + i / 1000),
                constraint=Constraint(max_length=8),
            )
        )
        for i in range(1, 101)
    ]
    results = await asyncio.gather(*calls, return_exceptions=True)
    refused = [one for one in results if isinstance(one, grpc.aio.AioRpcError)]
    assert 0 < len(refused) < 100
    assert {one.code() for one in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}


async def test_new_constraints_wait_for_each_other_up_to_a_bound(
    names: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """52 at once are all answered; past the bound a caller is refused, and may try again."""

    def request(pattern: str) -> GenerateNamesRequest:
        constraint = Constraint(pattern=pattern, max_length=4)
        return GenerateNamesRequest(count=1, seed=1, constraint=constraint)

    async def answers(*ends: str) -> list[Any]:
        patterns = [f"{letter}.*{end}" for end in ends for letter in "abcdefghijklmnopqrstuvwxyz"]
        calls = [names.GenerateNames(request(pattern)) for pattern in patterns]
        return await asyncio.gather(*calls, return_exceptions=True)

    assert all(answer.names for answer in await answers("a", "e"))
    monkeypatch.setattr(single_flight, "MAX_PENDING", 2)
    refused = [error for error in await answers("i") if isinstance(error, grpc.aio.AioRpcError)]
    assert 0 < len(refused) <= 24
    for error in refused:
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "at most that many at once" in str(error.details())
