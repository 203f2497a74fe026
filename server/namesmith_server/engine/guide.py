"""Quick answers: most draws name their symbol without a look at what conditions the chain.

[0, 1) is cut into buckets. Where no boundary of a context's cumulative distribution lies in a
bucket, nor nearer to it than a margin, every draw in it is the same symbol, under this
distribution and under any other whose boundaries are within the margin (the indexed search of
Chen and Asau 1974). A draw in another bucket is compared with the boundaries themselves. What
lies nearer to one than the margin is UNSURE, and is for the caller to decide exactly.
"""

from bisect import bisect_right

import numpy as np

from namesmith_server.engine.arrays import Floats, Ids, Rows
from namesmith_server.engine.random import Draws, uniform

LARGEST = 1 << 23
"""Buckets of all contexts together."""

FINEST = 8
"""Logarithm of the most buckets a context has."""

ROUNDING = 1e-12
"""More than float64 loses in a sum of probabilities."""


class Guide:
    """Quick answers for every context.

    Attributes:
        margin: how far boundaries may lie from those given where ``buckets`` answers.
        bits: logarithm of the buckets of a context.
        shift: of a draw, to the number of its bucket.
        buckets: the symbol by context and bucket, flat [R << bits]; ``unsure`` for none.
        unsure: stands for no answer.
        size: bytes that it holds.
    """

    def __init__(self, cumulative: Floats) -> None:
        """Takes cumulative distributions [R, V], each row's last value 1; R at most 2^23."""
        contexts, size = cumulative.shape
        self._vocab_size = int(size)
        self.bits = min(FINEST, (LARGEST // contexts).bit_length() - 1)
        self.shift = 64 - self.bits
        self.margin = 2.0 ** -(self.bits + 3)
        kind = np.uint8 if self._vocab_size < 255 else np.uint16
        self.unsure = int(np.iinfo(kind).max)
        buckets = self._lowest(cumulative, kind)
        self._mark(buckets, cumulative)
        self._buckets = buckets
        self._boundaries = memoryview(cumulative.ravel())  # type: ignore[arg-type]
        self.buckets = memoryview(buckets)  # type: ignore[arg-type]
        self.size = cumulative.nbytes + buckets.nbytes

    def look(self, rows: Rows, bits: Draws) -> Ids:
        """The symbol [B] of each context and draw, by its bucket."""
        places = (bits >> np.uint64(self.shift)).view(np.int64)
        places += rows << self.bits
        found: Ids = self._buckets.take(places)
        return found

    def compare(self, row: int, bits: int, margin: float) -> int:
        """The symbol of one context and draw, where boundaries may be off by ``margin``."""
        u, margin = uniform(bits), margin + ROUNDING
        boundaries, first = self._boundaries, row * self._vocab_size
        at = bisect_right(boundaries, u, first, first + self._vocab_size)
        if boundaries[at] - u <= margin or (at > first and u - boundaries[at - 1] <= margin):
            return self.unsure
        return at - first

    def _lowest(self, cumulative: Floats, kind: type) -> Ids:
        """The symbol at the lower end of each bucket."""
        ends = np.ceil(cumulative * (1 << self.bits)).astype(np.int64)
        lengths = np.diff(ends, axis=1, prepend=0).ravel()
        return np.repeat(np.tile(np.arange(self._vocab_size, dtype=kind), len(ends)), lengths)

    def _mark(self, buckets: Ids, cumulative: Floats) -> None:
        """Marks the buckets that a boundary is in or near to."""
        # 0 and 1 are no boundaries: nothing lies beyond them, here or in a distribution nearby.
        rows, _ = inner = ((cumulative > 0) & (cumulative < 1)).nonzero()
        boundaries = cumulative[inner]
        last = (1 << self.bits) - 1
        for edge in (boundaries - self.margin, boundaries + self.margin):
            places = (edge * (last + 1)).astype(np.int64).clip(0, last)
            buckets[(rows << self.bits) + places] = self.unsure
