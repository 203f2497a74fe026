"""The memory of a process: when it is short, by the system's count, and how it is given back."""

import asyncio
import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")

RESIDENT = Path("/proc/self/statm")
"""The file in which Linux tells the pages of this process; elsewhere no memory is ever short."""

CALM = 0.85
"""Share of the limit above which costly work is refused: the rest is for the work in progress."""

M_MMAP_THRESHOLD = -3
"""Number of glibc's setting of the size from which a block is mapped by itself."""

LARGE_BLOCK = 1 << 19
"""Least number of bytes of a block that returns to the system as soon as it is freed."""

PAUSE, LONGEST_PAUSE = 1.0, 2.0
"""Seconds between two looks at the memory: usually, and while nothing returns."""

STEP = 8 << 20
"""Bytes above the memory of the idle process from which free memory is returned."""


class MemoryGuard:
    """A limit on the resident memory of this process.

    Attributes:
        limit: bytes of memory that the process may hold.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def resident(self) -> int:
        """Return the bytes of memory that the process holds now; 0 where the system tells none."""
        try:
            return int(RESIDENT.read_bytes().split()[1]) * PAGE
        except OSError:
            return 0

    @property
    def is_short(self) -> bool:
        """True if costly work must wait."""
        return self.resident() > CALM * self.limit


def configure_allocator() -> None:
    """Have large blocks, such as layers, return to the system as soon as they are freed.

    By itself glibc keeps blocks of up to 32 MiB once one has been freed.
    """
    with suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)


def return_memory() -> None:
    """Return all free memory to the system; takes milliseconds, without the interpreter's lock."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


class MemoryKeeper:
    """Returns memory to the system when work has ended, and drops values that nobody uses."""

    def __init__(self, guard: MemoryGuard, expire: Callable[[], None]) -> None:
        """Set the guard, which tells the memory of this process, and the function that drops."""
        self._guard = guard
        self._expire = expire
        self._idle = guard.resident()

    async def run(self) -> None:
        """Look at the memory every second, until the task is cancelled."""
        pause = PAUSE
        while True:
            await asyncio.sleep(pause)
            self._expire()
            before = self._guard.resident()
            if before <= self._idle + STEP:
                continue
            await asyncio.to_thread(return_memory)
            in_vain = before - self._guard.resident() < STEP
            pause = LONGEST_PAUSE if in_vain else PAUSE
