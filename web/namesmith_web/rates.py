"""The rate at which one caller may call."""

import time
from collections import OrderedDict
from collections.abc import Callable

MAX_CALLERS = 10_000
"""Largest number of callers that are remembered; the one that has not called longest goes first."""

BURST_SECONDS = 2.0
"""Seconds of calls that a caller who was silent may make at once."""


class Rates:
    """A bucket of calls for each caller, which fills at the rate.

    Args:
        rate: calls a second; 0: any number.
        clock: seconds of a clock that never goes back.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = max(1.0, rate * BURST_SECONDS)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # calls left, and when

    def admit(self, caller: str) -> bool:
        """Count a call of a caller, unless it is one too many; return True if it is not."""
        if not self._rate:
            return True
        now = self._clock()
        left, then = self._buckets.pop(caller, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._rate)
        admitted = left >= 1
        self._buckets[caller] = (left - admitted, now)
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        return admitted
