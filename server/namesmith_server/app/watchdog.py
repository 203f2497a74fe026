"""A watchdog of the event loop: measures how late the loop is, and logs when it was too late.

It looks often while calls are in progress, which are what keeps a loop, and seldom while the server
is idle: each look wakes the process.
"""

import asyncio
import logging
from collections.abc import Callable

BUSY_INTERVAL = 0.02
"""Seconds between two looks at the loop while calls are in progress: a standstill is measured as
shorter by at most this time."""

IDLE_INTERVAL = 0.5
"""Seconds between two looks at the loop of an idle server."""

LATE = 0.05
"""Seconds of lateness from which the log tells of it."""

PAUSE = 1.0
"""Least number of seconds between two lines of the log."""

log = logging.getLogger(__name__)


class Watchdog:
    """Measures the lateness of a timer, for which every call would have had to wait.

    Attributes:
        last: seconds by which the loop was late at the last look.
        worst: most seconds by which the loop has been late.
        times: number of looks at which the loop was later than ``LATE``.
    """

    def __init__(self, is_busy: Callable[[], bool]) -> None:
        """Make a watchdog of the running event loop.

        Args:
            is_busy: function that tells whether calls are in progress.
        """
        self.last = self.worst = 0.0
        self.times = 0
        self._is_busy = is_busy
        self._timer: asyncio.TimerHandle
        self._loop = asyncio.get_running_loop()
        self._untold = 0  # late looks since the last line, and the worst of them
        self._worst_untold = 0.0
        self._silent_until = 0.0  # on the loop's clock
        self._await_next(IDLE_INTERVAL)

    def hasten(self) -> None:
        """Look soon, because a call has begun."""
        if self._interval > BUSY_INTERVAL:
            self._timer.cancel()
            self._await_next(BUSY_INTERVAL)

    def stop(self) -> None:
        """End the watch."""
        self._timer.cancel()
        self._interval = 0.0  # which nothing hastens

    def _await_next(self, interval: float) -> None:
        self._interval = interval
        self._due = self._loop.time() + interval
        self._timer = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        now = self._loop.time()
        late = self.last = now - self._due
        if late > LATE:
            self.times += 1
            self._untold += 1
            self.worst = max(self.worst, late)
            self._worst_untold = max(self._worst_untold, late)
        if self._untold and now >= self._silent_until:
            self._tell()
            self._silent_until = now + PAUSE
        self._await_next(BUSY_INTERVAL if self._is_busy() else IDLE_INTERVAL)

    def _tell(self) -> None:
        told = {"milliseconds": round(self._worst_untold * 1_000), "times": self._untold}
        log.warning("event loop late", extra=told)
        self._untold, self._worst_untold = 0, 0.0
