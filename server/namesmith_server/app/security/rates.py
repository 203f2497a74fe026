"""Calls a second of each caller: a bucket that fills evenly, and holds the calls of a second.

A bucket is kept as one number, the time at which it is full again: a call moves it one interval
ahead, and a bucket whose time is past is full, as one that was never seen.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from namesmith_server.grpc import CallerRateError

MAX_CALLERS = 10_000
"""Largest number of callers that are remembered, some 2 MB; the one that called least recently is
forgotten, and has a full bucket when it calls again."""

BURST_SECONDS = 1.0
"""Seconds whose calls a full bucket holds: one call at least."""


class CallerRates:
    """The rates at which callers call; used from one event loop."""

    def __init__(self, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Set the bound.

        Args:
            most: largest number of calls a second of one caller, > 0.
            clock: clock in seconds.
        """
        self._most = most
        self._interval = 1 / most
        # A thousandth of a call more, so that rounding refuses none.
        self._slack = max(BURST_SECONDS, self._interval) - 0.999 * self._interval
        self._clock = clock
        self._full: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full)

    def count(self, caller: str) -> None:
        """Count a call of a caller.

        Raises:
            CallerRateError: the caller's bucket is empty; the call is not counted.
        """
        now = self._clock()
        full = max(self._full.get(caller, now), now)
        if full - now > self._slack:
            raise CallerRateError(self._most)
        self._full[caller] = full + self._interval
        self._full.move_to_end(caller)
        if len(self._full) > MAX_CALLERS:
            self._full.popitem(last=False)
