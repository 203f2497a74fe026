"""Histograms of the values of a tensor, like the notebook's ``plt.hist(values, 50)``."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from torch import Tensor

BINS = 50
"""Number of bins of a histogram."""


@dataclass(frozen=True)
class Histogram:
    """A histogram of ``BINS`` bins of equal width; the last bin includes its upper edge.

    Attributes:
        low: lower edge of the first bin.
        high: upper edge of the last bin, above ``low``.
        counts: number of values in each bin.
        mean: mean of the values.
        std: standard deviation of the values.
    """

    low: float
    high: float
    counts: tuple[int, ...]
    mean: float
    std: float

    @classmethod
    def of(cls, values: Tensor, bounds: tuple[float, float] | None = None) -> Self:
        """Return the histogram of a tensor's values; the tensor may have any shape.

        Args:
            values: finite floats, at least one.
            bounds: lower edge of the first bin and upper edge of the last, with all values
                between them; None for the smallest and the largest value, or, where these are
                equal, for half a unit below and half a unit above.
        """
        every = values.detach().cpu().double().flatten().numpy()
        counts, edges = np.histogram(every, BINS, bounds)
        return cls(
            low=float(edges[0]),
            high=float(edges[-1]),
            counts=tuple(counts.tolist()),
            mean=float(every.mean()),
            std=float(every.std()),
        )

    @property
    def population(self) -> int:
        """Number of values that were counted."""
        return sum(self.counts)
