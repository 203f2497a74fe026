"""The limit on the memory of a process: where it comes from, and the parts that it divides into.

A process may use the least of its machine's memory and the limits of its cgroups. Unless the
settings say otherwise it holds at most half of that, and no more than ``USUAL``; with several
workers each holds its part.
"""

import asyncio
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from namesmith_server.app.errors import MemoryLimitError
from namesmith_server.app.settings import Settings
from namesmith_server.engine import Ledger, MemoryGuard, MemoryKeeper, return_memory

CGROUP = Path("/proc/self/cgroup")
"""The file in which Linux tells the cgroups of this process, a line a hierarchy."""

CGROUPS = Path("/sys/fs/cgroup")
"""The folder of the cgroups' files."""

USUAL = 768 << 20
"""Largest limit in bytes that is not asked for: under any load a server of the embedded models
stays some 400 MiB above what it holds when idle."""

USABLE_SHARE = 2
"""Ratio of the memory that a process may use to the limit, where that is below ``USUAL``."""

PARTS = 16
"""Number of parts of a limit: one for requests in flight; two that nothing gets, for responses,
arrays of passing steps and the allocator; at most eight for work; the rest for the models."""

WORKING_PARTS = 13
"""Number of the parts for the models and work together."""

USUAL_WORK = USUAL // 2
"""Number of bytes for work that models do not take, where the machine has them: a process that
computes on CUDA holds 1.8 GB before its first call."""

LEAST_WORK = 32 << 20
"""Least number of bytes for work: that of a few usual constraints."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MemoryLimit:
    """A limit on the memory of one process.

    Attributes:
        total: bytes that the process may hold.
        source: origin of the limit, for the log.
        largest: bytes to which ``grown`` may raise the limit, at least ``total``.
    """

    total: int
    source: str
    largest: int

    @property
    def requests(self) -> int:
        """Bytes of requests in flight, decompressed."""
        return self.total // PARTS

    def work(self, held: int) -> int:
        """Return the bytes of work and kept chains; negative where the models leave none.

        Args:
            held: bytes that the process holds with its models loaded.
        """
        return min(self.total // 2, self.total // PARTS * WORKING_PARTS - held)

    def grown(self, work: int, held: int) -> "MemoryLimit":
        """Return a limit that leaves ``work`` bytes for work, where the machine has them."""
        needed = max(2 * work, (work + held) * PARTS // WORKING_PARTS + 2 * PARTS)
        total = max(self.total, min(needed, self.largest))
        return MemoryLimit(total, self.source, self.largest)


def memory_limit(settings: Settings) -> MemoryLimit:
    """Return the limit of each process of a server."""
    if settings.memory_limit:
        part = settings.memory_limit // settings.workers
        shared = f" by {settings.workers} workers" if settings.workers > 1 else ""
        return MemoryLimit(part, f"--memory-limit{shared}", part)
    usable, source = usable_memory()
    largest = usable // USABLE_SHARE // settings.workers
    return MemoryLimit(min(largest, USUAL), source, largest)


def keep_within(limit: MemoryLimit, ledger: Ledger) -> MemoryKeeper:
    """Give the ledger its part of a limit, once the models are loaded, and tell it in the log.

    A limit that was not asked for is raised for large models and runtimes. Returns the keeper of
    the memory.

    Raises:
        MemoryLimitError: the limit leaves too little for the smallest piece of work.
    """
    return_memory()
    held = MemoryGuard(limit.total).resident() + ledger.beside
    limit = limit.grown(max(ledger.largest_work, USUAL_WORK), held)
    work = limit.work(held)
    if work < LEAST_WORK:
        needed = (held + LEAST_WORK) * PARTS // WORKING_PARTS
        raise MemoryLimitError(
            f"memory limit: {limit.total} bytes ({limit.source}), of which the server holds {held}"
            f" with its models loaded; it needs {needed} at least"
        )
    told = {"bytes": limit.total, "source": limit.source, "work_bytes": work, "held_bytes": held}
    log.info("memory limit", extra=told)
    if work < ledger.largest_work:
        asked = {"work_bytes": work, "largest_question_bytes": ledger.largest_work}
        log.warning("memory limit refuses large questions", extra=asked)
    guard = MemoryGuard(limit.total)
    ledger.set_limit(work, guard)
    return MemoryKeeper(guard, ledger.expire)


class MemoryKeeping:
    """The keeping of the memory of a process, from the first models on."""

    def __init__(self, limit: MemoryLimit, ledger: Ledger) -> None:
        self._limit = limit
        self._ledger = ledger
        self._keeper: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Divide the limit, once the first models are loaded and before any work begins.

        Raises:
            MemoryLimitError: the limit leaves too little for the smallest piece of work.
        """
        self._keeper = asyncio.ensure_future(keep_within(self._limit, self._ledger).run())

    def end(self) -> None:
        """Look at the memory no more."""
        if self._keeper is not None:
            self._keeper.cancel()


def usable_memory() -> tuple[int, str]:
    """Return the bytes that this process may use, and the source of the number."""
    found = [(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), "physical memory")]
    found += [(size, str(file)) for file in _cgroup_files() if (size := _size_in(file)) is not None]
    return min(found)


def _cgroup_files() -> Iterator[Path]:
    """Yield the files that may hold a limit: of this process's cgroups and their parents."""
    try:
        lines = CGROUP.read_text().splitlines()
    except OSError:  # another system than Linux
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            folder, name = CGROUPS, "memory.max"
        elif "memory" in controllers.split(","):
            folder, name = CGROUPS / "memory", "memory.limit_in_bytes"
        else:
            continue
        inner = PurePosixPath(path.lstrip("/"))
        # Inside a container the path may be that of the host, which is not there.
        for cgroup in (inner, *inner.parents):
            if ".." not in cgroup.parts:
                yield folder / cgroup / name


def _size_in(file: Path) -> int | None:
    """Return the number of bytes in a file of a cgroup; None where it sets no limit."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):  # "max" is no number
        return None
