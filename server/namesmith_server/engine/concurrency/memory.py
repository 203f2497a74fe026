"""The guard of a process's memory: tells when costly work must wait, by the system's own count."""

import os
from pathlib import Path

from namesmith_server.engine.errors import MemoryShortError

PAGE = os.sysconf("SC_PAGE_SIZE")

RESIDENT = Path("/proc/self/statm")
"""The file in which Linux tells the pages of this process; elsewhere no memory is ever short."""

CALM = 0.85
"""Share of the limit above which costly work is refused: the rest is for the work in progress."""


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

    def check(self) -> None:
        """Let costly work begin.

        Raises:
            MemoryShortError: memory is short.
        """
        if self.is_short:
            raise MemoryShortError
