"""Histograms of a population of values, as the notebook's ``plt.hist(values, 50)``."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from torch import Tensor

BINS = 50


@dataclass(frozen=True)
class Histogram:
    """``BINS`` bins of equal width; the last holds its upper edge too.

    Attributes:
        low: lower edge of the first bin.
        high: upper edge of the last bin, above ``low``.
        counts: values in each bin.
        mean: of the values.
        std: their standard deviation.
    """

    low: float
    high: float
    counts: tuple[int, ...]
    mean: float
    std: float

    @classmethod
    def of(cls, values: Tensor, bounds: tuple[float, float] | None = None) -> Self:
        """Counts the values of a tensor of any shape.

        Args:
            values: float, finite, at least one.
            bounds: edges of the whole; all values lie within. Without it the smallest and the
                largest value, or half a unit apart from them where they are equal.
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
        """Values counted."""
        return sum(self.counts)
