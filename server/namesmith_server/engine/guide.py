"""A table of quick answers: most draws name their symbol with one look.

[0, 1) is cut into buckets. Where no boundary of a context's cumulative distribution lies in a
bucket, nor nearer to it than a margin, every draw in it is the same symbol, under this
distribution and under any other whose boundaries are within the margin (the indexed search of
Chen and Asau 1974). The other draws are UNSURE, and are for the caller to decide exactly.
"""

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.random import Draws

LARGEST = 1 << 24
"""Buckets of all contexts together."""

FINEST = 9
"""Logarithm of the most buckets a context has."""


class Guide:
    """Quick answers for every context.

    Attributes:
        margin: how far boundaries may lie from those given, in probability.
        bits: logarithm of the buckets of a context.
        shift: of a draw, to the number of its bucket.
        symbols: by context and bucket, flat [R << bits].
        unsure: stands for no answer.
    """

    def __init__(self, cumulative: NDArray[np.float64]) -> None:
        """Takes cumulative distributions [R, V], each row's last value 1; R at most 2^24."""
        contexts, size = cumulative.shape
        self.bits = min(FINEST, (LARGEST // contexts).bit_length() - 1)
        self.shift = 64 - self.bits
        self.margin = 2.0 ** -(self.bits + 2)
        kind = np.uint8 if size < 255 else np.uint16
        self.unsure = int(np.iinfo(kind).max)
        self.symbols = self._answers(cumulative, kind)
        self._mark(cumulative)

    def look(self, rows: NDArray[np.int64], bits: Draws) -> NDArray[np.integer]:
        """The symbol [B], or UNSURE, of each context and draw."""
        buckets = (bits >> np.uint64(self.shift)).view(np.int64)
        buckets += rows << self.bits
        found: NDArray[np.integer] = self.symbols.take(buckets)
        return found

    def _answers(self, cumulative: NDArray[np.float64], kind: type) -> NDArray[np.integer]:
        """The symbol at the lower end of each bucket."""
        contexts, size = cumulative.shape
        ends = np.ceil(cumulative * (1 << self.bits)).astype(np.int64)
        lengths = np.diff(ends, axis=1, prepend=0).ravel()
        return np.repeat(np.tile(np.arange(size, dtype=kind), contexts), lengths)

    def _mark(self, cumulative: NDArray[np.float64]) -> None:
        """Marks the buckets that a boundary is in or near to."""
        # 0 and 1 are no boundaries: nothing lies beyond them, here or in a distribution nearby.
        rows, _ = inner = ((cumulative > 0) & (cumulative < 1)).nonzero()
        boundaries = cumulative[inner]
        last = (1 << self.bits) - 1
        for edge in (boundaries - self.margin, boundaries + self.margin):
            buckets = (edge * (last + 1)).astype(np.int64).clip(0, last)
            self.symbols[(rows << self.bits) + buckets] = self.unsure
