"""Estimates from names that were drawn, with intervals that hold the truth in 95 % of questions."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Z_95 = 1.959964
"""Quantile of the normal distribution of a 95 % interval."""

Z_97_5 = 2.241403
"""Quantile of a 97.5 % interval: of two, both hold the truth in 95 % of questions."""


class Interval(NamedTuple):
    """An interval of a figure.

    Attributes:
        low: least value.
        high: greatest value.
    """

    low: float
    high: float


class Figure(NamedTuple):
    """A figure of a measure.

    Attributes:
        value: the figure.
        interval: its 95 % interval; None: the figure is exact.
    """

    value: float
    interval: Interval | None = None

    def times(self, factor: float) -> "Figure":
        """Return the figure times a factor that is known exactly, >= 0."""
        if self.interval is None:
            return Figure(self.value * factor)
        low, high = self.interval
        return Figure(self.value * factor, Interval(low * factor, high * factor))


def proportion(hits: int, draws: int, z: float = Z_95) -> Interval:
    """Return the interval of a probability in [0, 1] that gave ``hits`` of ``draws`` draws.

    Wilson's score interval with continuity correction: Newcombe 1998, "Two-sided confidence
    intervals for the single proportion", method 4. From 50 draws on it holds the probability in
    94.9 % of cases at least. It is never 0 wide; (0, 1) without a draw.
    """
    if not draws:
        return Interval(0.0, 1.0)
    p, q, square = hits / draws, 1 - hits / draws, z * z
    center, width = 2 * hits + square, 2 * (draws + square)
    low = center - 1 - z * math.sqrt(square - 2 - 1 / draws + 4 * p * (draws * q + 1))
    high = center + 1 + z * math.sqrt(square + 2 - 1 / draws + 4 * p * (draws * q - 1))
    return Interval(max(low / width, 0.0) if hits else 0.0, min(high / width, 1.0) if q else 1.0)


def quotient(above: Figure, below: Figure) -> Figure:
    """Return the quotient of two probabilities, itself a probability; 1 where ``below`` is 0.

    Where both are estimates, of intervals of 97.5 %, the quotient's is one of 95 % at least.
    """
    (value, one), (divisor, other) = above, below
    low, high = one or (value, value)
    least, most = other or (divisor, divisor)
    interval = Interval(low / most if most > low else 1.0, high / least if least > high else 1.0)
    return Figure(value / divisor if divisor > value else 1.0, interval)


def mean_length(lengths: NDArray[np.integer], shortest: int, longest: int) -> Figure:
    """Return the expected length of a name, by the lengths of names that were drawn.

    The interval is that of a mean by the normal distribution, widened: lengths that no name has
    may have a probability, at most that of an event without a hit. Without names the mean is the
    middle of the interval.

    Args:
        lengths: length of each name, [N].
        shortest: least length that a name may have.
        longest: greatest length that a name may have.
    """
    if not lengths.size:
        return Figure((shortest + longest) / 2, Interval(shortest, longest))
    mean, error = float(lengths.mean()), Z_95 * float(lengths.std()) / math.sqrt(lengths.size)
    unseen = proportion(0, lengths.size).high
    low = (1 - unseen) * (mean - error) + unseen * shortest
    high = (1 - unseen) * (mean + error) + unseen * longest
    return Figure(mean, Interval(max(low, shortest), min(high, longest)))
