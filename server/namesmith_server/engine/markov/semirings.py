"""Three semirings: rules that compute the value of a state from the values of its successors."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from namesmith_server.engine.core import Floats, Reals

LANES = 4
"""Number of partial sums."""


class Semiring(NamedTuple):
    """A rule that computes a state's value from its symbols' weights and its successors' values.

    Attributes:
        zero: value of a state from which no name ends.
        one: value behind the end symbol where a name may end.
        combine: function of the weights of symbols [B, V] and the values of their successors
            [B, V], which it overwrites; it returns the value of each state [B].
        compiled: number of the rule in compiled code, which gives the same bits; None: the rule is
            not compiled.
    """

    zero: float
    one: float
    combine: Callable[[Reals, Floats], Floats]
    compiled: int | None = None


def _sum_products(weights: Reals, values: Floats) -> Floats:
    """Return the sums of products in the order of compiled code: four sums, by symbol modulo 4."""
    values *= weights
    sums = np.zeros((len(values), LANES))
    for at in range(0, values.shape[1], LANES):
        products = values[:, at : at + LANES]
        sums[:, : products.shape[1]] += products
    total: Floats = (sums[:, 0] + sums[:, 1]) + (sums[:, 2] + sums[:, 3])
    return total


def _max_sums(weights: Reals, values: Floats) -> Floats:
    values += weights
    greatest: Floats = values.max(1)
    return greatest


def _log_sum_exp(weights: Reals, values: Floats) -> Floats:
    values += weights
    greatest: Floats = values.max(1)
    values -= np.where(np.isneginf(greatest), 0, greatest)[:, None]
    with np.errstate(divide="ignore"):
        greatest += np.log(np.exp(values, out=values).sum(1))
    return greatest


REAL = Semiring(0.0, 1.0, _sum_products, 0)
"""Sums of products of probabilities."""

MAX_PLUS = Semiring(-math.inf, 0.0, _max_sums, 1)
"""Maxima of sums of log-probabilities."""

LOG = Semiring(-math.inf, 0.0, _log_sum_exp)
"""Logs of sums of products, of log-probabilities: however low, nothing underflows."""
