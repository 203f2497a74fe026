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
        not_finite: values that no bin can hold; 0 unless the run diverged.
        mean: of the finite values, 0 where there is none.
        std: their standard deviation.
    """

    low: float
    high: float
    counts: tuple[int, ...]
    not_finite: int
    mean: float
    std: float

    @classmethod
    def of(cls, values: Tensor, bounds: tuple[float, float] | None = None) -> Self:
        """Counts the values of a tensor of any shape.

        Args:
            values: float.
            bounds: edges of the whole; all values lie within. Else the smallest and the largest
                value, half a unit apart from them where they are equal.
        """
        every = values.detach().cpu().double().flatten().numpy()
        finite = every[np.isfinite(every)]
        counts, edges = np.histogram(finite, BINS, bounds)
        return cls(
            low=float(edges[0]),
            high=float(edges[-1]),
            counts=tuple(counts.tolist()),
            not_finite=len(every) - len(finite),
            mean=float(finite.mean()) if len(finite) else 0.0,
            std=float(finite.std()) if len(finite) else 0.0,
        )

    @property
    def population(self) -> int:
        """Values counted, finite or not."""
        return sum(self.counts) + self.not_finite
