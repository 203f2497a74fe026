"""The memory of the process: when it is short, and that it is given back."""

import asyncio
import gc
import sys

import numpy as np
import pytest

from namesmith_server.engine import (
    MemoryGuard,
    MemoryKeeper,
    configure_allocator,
)
from namesmith_server.engine.concurrency import memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the guard reads Linux's count")

BLOCKS, BLOCK = 1_000, 100 << 10


def test_memory_is_short_above_the_calm_share_of_the_limit() -> None:
    """The system's count decides."""
    held = MemoryGuard(1 << 60).resident()
    assert held > 1 << 20
    assert not MemoryGuard(2 * held).is_short
    assert MemoryGuard(held).is_short


async def test_what_work_has_freed_returns_to_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keeper drops unused values and returns 100 MB of small blocks, in which one is left."""
    monkeypatch.setattr(memory, "PAUSE", 0.01)
    monkeypatch.setattr(memory, "LONGEST_PAUSE", 0.01)
    configure_allocator()
    guard, expired = MemoryGuard(1 << 60), asyncio.Event()
    gc.collect()
    memory.return_memory()  # other tests have left free memory, which the blocks would fill
    keeper = asyncio.ensure_future(MemoryKeeper(guard, expired.set).run())
    before = guard.resident()
    blocks = [np.ones(BLOCK, dtype=np.uint8) for _ in range(BLOCKS)]
    assert guard.resident() - before > BLOCKS * BLOCK // 2
    del blocks[:-1]
    async with asyncio.timeout(30):
        await expired.wait()
        while guard.resident() - before > BLOCKS * BLOCK // 4:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
    keeper.cancel()
