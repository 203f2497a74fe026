"""A shared value: computed once for all who ask, and again only where that failed."""

import asyncio

import pytest

from namesmith_server.engine.model.shared_value import SharedValue


async def test_callers_at_once_share_one_computation() -> None:
    """Callers that come before the value is there wait for it, later ones are given it."""
    computed = 0
    ready = asyncio.Event()

    async def compute() -> int:
        nonlocal computed
        computed += 1
        await ready.wait()
        return computed

    value = SharedValue(compute)
    callers = [asyncio.create_task(value.get()) for _ in range(3)]
    await asyncio.sleep(0)  # the callers wait
    ready.set()
    assert await asyncio.gather(*callers, value.get()) == [1, 1, 1, 1]
    assert await value.get() == 1


async def test_the_next_caller_computes_what_failed_or_was_cancelled() -> None:
    """An error reaches its own caller alone; a caller that waited computes the value."""
    turns = 0

    async def compute() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise ValueError
        if turns == 2:
            await asyncio.Event().wait()

    value = SharedValue(compute)
    with pytest.raises(ValueError, match=r"^$"):
        await value.get()
    cancelled = asyncio.create_task(value.get())
    waiting = asyncio.create_task(value.get())
    await asyncio.sleep(0)
    cancelled.cancel()
    await waiting
    assert cancelled.cancelled()
    assert turns == 3
