"""How values of states come together on the way backwards: sums, logs of sums, maxima."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from namesmith_server.engine.arrays import Floats, Reals


class Algebra(NamedTuple):
    """How a value of all ways on from a state comes of its symbols' (a semiring).

    Attributes:
        nothing: the value of no way.
        end: of the way that ends here.
        total: from the weights of symbols and the values behind them, two arrays [S, V] of which
            the second is used up, to one value a row [S].
    """

    nothing: float
    end: float
    total: Callable[[Reals, Floats], Floats]


def _summed(weights: Reals, behind: Floats) -> Floats:
    total: Floats = np.einsum("sv,sv->s", weights, behind)
    return total


def _greatest(weights: Reals, behind: Floats) -> Floats:
    behind += weights
    greatest: Floats = behind.max(1)
    return greatest


def _log_summed(weights: Reals, behind: Floats) -> Floats:
    behind += weights
    greatest: Floats = behind.max(1)
    behind -= np.where(np.isneginf(greatest), 0, greatest)[:, None]
    with np.errstate(divide="ignore"):
        greatest += np.log(np.exp(behind, out=behind).sum(1))
    return greatest


SUMS = Algebra(0.0, 1.0, _summed)
GREATEST = Algebra(-math.inf, 0.0, _greatest)
"""Of logs."""

LOG_SUMS = Algebra(-math.inf, 0.0, _log_summed)
