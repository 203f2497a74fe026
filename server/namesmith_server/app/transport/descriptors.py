"""The descriptors of the process: as many as the system allows, a warning before they run out.

Without a free descriptor no connection can be accepted. gRPC waits and tries again, which is right,
but says nothing that an operator would see.
"""

import asyncio
import logging
import os
import resource
import time
from contextlib import suppress
from pathlib import Path

MOST = 1 << 20
"""Largest limit of descriptors that a process sets for itself."""

NEARLY = 0.9
"""Share of the descriptors in use at which a warning is logged."""

CALM = 0.8
"""Share of the descriptors in use below which the next shortage is logged at once."""

PERIOD = 1.0
"""Seconds between two looks at the descriptors."""

REPEAT = 60.0
"""Seconds after which a shortage that lasts is logged again."""

DESCRIPTORS = Path("/proc/self/fd")
"""Folder of the descriptors of this process, where the system has one."""

log = logging.getLogger(__name__)


def watch_descriptors() -> None:
    """Raise the limit of descriptors, and warn whenever they nearly run out.

    The watch lives as long as the running event loop.
    """
    limit = raise_limit()
    if DESCRIPTORS.is_dir():
        _Watch(limit).look()


def raise_limit() -> int:
    """Raise the limit of descriptors as far as a process may by itself; return the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else soft


class _Watch:
    """Looks at the number of open descriptors again and again."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._told = -REPEAT  # when a shortage was last logged, on the monotonic clock

    def look(self) -> None:
        """Count the descriptors, tell of a shortage, and look again after a while."""
        used = open_descriptors()
        now = time.monotonic()
        if used >= NEARLY * self._limit and now - self._told >= REPEAT:
            self._told = now
            shortage = {"used": used, "limit": self._limit}
            log.warning("descriptors nearly used up", extra=shortage)
        elif used < CALM * self._limit:
            self._told = now - REPEAT
        self._loop.call_later(PERIOD, self.look)


def open_descriptors() -> int:
    """Return the number of open descriptors of this process.

    Linux tells it in one step from 6.2 on; before that, the folder of the descriptors is listed.
    """
    size = DESCRIPTORS.stat().st_size
    if size:
        return size
    with suppress(OSError), os.scandir(DESCRIPTORS) as entries:
        return sum(1 for _ in entries)
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]  # none was left to list the others with
