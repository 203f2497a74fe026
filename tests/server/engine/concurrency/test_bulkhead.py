"""A bound on the callers inside, and on the callers that wait."""

import asyncio

import pytest

from namesmith_server.engine import TooManyPendingError
from namesmith_server.engine.concurrency import Bulkhead


async def settled() -> None:
    """Let every task run until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_no_more_callers_than_places_are_inside_and_all_have_their_turn() -> None:
    """Callers enter in the order of arrival; a place is free again when its caller leaves."""
    bulkhead, leave = Bulkhead(2, 3), [asyncio.Event() for _ in range(5)]
    inside: list[int] = []

    async def call(number: int) -> None:
        async with bulkhead:
            inside.append(number)
            await leave[number].wait()

    calls = [asyncio.create_task(call(number)) for number in range(5)]
    await settled()
    assert inside == [0, 1]
    for number in range(5):
        leave[number].set()
        await settled()
        assert inside == list(range(min(number + 3, 5)))
    await asyncio.gather(*calls)


async def test_a_caller_beyond_the_waiting_ones_is_refused_at_once() -> None:
    """A caller that gives up waiting makes room for another."""
    bulkhead, leave = Bulkhead(1, 1), asyncio.Event()

    async def call() -> None:
        async with bulkhead:
            await leave.wait()

    first, second = asyncio.create_task(call()), asyncio.create_task(call())
    await settled()
    with pytest.raises(TooManyPendingError):
        await call()
    second.cancel()
    await settled()
    third = asyncio.create_task(call())
    await settled()
    leave.set()
    await asyncio.gather(first, third)
    assert second.cancelled()
