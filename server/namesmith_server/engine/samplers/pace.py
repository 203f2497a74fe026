"""The pace of a stream: first names soon, later ones many at a time.

    names in a piece    64  256  1024  4096  4096 ...     alone
                        64  256   256   256   256 ...     beside other calls

Names in work take memory until the last one of their piece has ended. A stream that is alone may
have many; of many streams each has no more than ``SHARED`` pieces, of ``SMALL`` names each or of
half the runner's share of a caller, where that is larger: a device is filled by no less.
"""

from namesmith_server.engine.batching import BatchScheduler

FIRST, GROWTH = 64, 4
"""Number of names in the first piece, and the ratio of a piece to the one before."""

SMALL, SHARED = 256, 2
"""Least number of names in a piece of a call beside others, once it has grown; number of pieces."""

LARGE, ALONE = 4096, 3
"""Least number of names in a piece of a call that is alone, once it has grown; number of pieces."""


class Pace:
    """The sizes of the pieces of one stream, and the number of pieces in work."""

    def __init__(self, scheduler: BatchScheduler) -> None:
        self._scheduler = scheduler
        self._size = FIRST // GROWTH

    @property
    def pieces(self) -> int:
        """Largest number of pieces in work now."""
        return ALONE if self._scheduler.has_one_call else SHARED

    def next_size(self) -> int:
        """Return the number of names of the next piece."""
        largest = max(SMALL, self._scheduler.share // SHARED)
        if self._scheduler.has_one_call:
            largest = max(LARGE, self._scheduler.alone // 2)
        self._size = min(GROWTH * self._size, largest)
        return self._size
