"""A watchdog of the event loop: measures how late the loop is, and logs when it was too late."""

import asyncio
import logging

INTERVAL = 0.02
"""Seconds between two looks at the loop; a standstill that is shorter may pass unseen."""

LATE = 0.05
"""Seconds of lateness from which the log tells of it."""

PAUSE = 1.0
"""Least number of seconds between two lines of the log."""

log = logging.getLogger(__name__)


class Watchdog:
    """Measures the lateness of a timer, which is what every call waits for the loop besides.

    Attributes:
        last: seconds by which the loop was late at the last look.
        worst: most seconds by which the loop has been late.
        times: number of looks at which the loop was later than ``LATE``.
    """

    def __init__(self) -> None:
        self.last = self.worst = 0.0
        self.times = 0
        self._untold = 0  # late looks since the last line, and the worst of them
        self._worst_untold = 0.0
        self._silent_until = 0.0  # on the loop's clock
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to watch the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._await_next()

    def stop(self) -> None:
        """End the watch."""
        if self._timer is not None:
            self._timer.cancel()

    def _await_next(self) -> None:
        self._due = self._loop.time() + INTERVAL
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
        self._await_next()

    def _tell(self) -> None:
        told = {"milliseconds": round(self._worst_untold * 1_000), "times": self._untold}
        log.warning("event loop late", extra=told)
        self._untold, self._worst_untold = 0, 0.0
