"""Fault 26: a hundred thousand streams, each left after its first names."""

import asyncio
import os
from pathlib import Path

import pytest

from namesmith_client import AsyncClient
from processes import running

STREAMS = 100_000
WARM_UP = 5_000

MOST = 20 << 20
"""Largest growth of the resident memory, in bytes."""


def resident(pid: int) -> int:
    """Return the resident memory of a process, in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def leave_streams(address: str, count: int) -> None:
    """Open streams, 32 at a time, and leave each one early."""
    async with AsyncClient(address) as client:
        left = iter(range(count))

        async def some() -> None:
            for _ in left:
                async with client.stream(10**9) as names:
                    async for _ in names.chunks():
                        break

        await asyncio.gather(*(some() for _ in range(32)))


@pytest.mark.slow
@pytest.mark.timeout(1_800)
async def test_fault_26_streams_that_are_left_leave_no_memory_behind() -> None:
    """The server's memory grows by 20 MiB at most."""
    with running() as server:
        await leave_streams(server.address, WARM_UP)
        before = resident(server.process.pid)
        await leave_streams(server.address, STREAMS)
        assert resident(server.process.pid) - before <= MOST
