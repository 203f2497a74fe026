"""How a beam search ranks prefixes: for the most probable names, or for names to be drawn.

Each prefix is ranked by a key that one of the names behind it attains and none exceeds.
"""

from abc import ABC, abstractmethod
from typing import TypeVar

import numpy as np

from namesmith_server.engine.arrays import Floats, Reals
from namesmith_server.engine.beam import Beam
from namesmith_server.engine.product import Product
from namesmith_server.engine.random import draws, uniforms

DECIMALS = 9
"""To which log-probabilities are told apart in an order."""

ROUNDING = 2e-9
"""Keys of a prefix and of the best name behind it differ by less, and by less than 10^-4 of that
for each nat: sums of the same numbers in another order, rounded.
"""

FloatOrFloats = TypeVar("FloatOrFloats", float, Floats)


class Ranking(ABC):
    """How prefixes are ranked.

    Attributes:
        product: whose names they are.
        table: log-probabilities [V^L, V] that those of names are summed from.
        values: those of what is behind each state of the product.
        start: the key of the start.
    """

    def __init__(self, product: Product, table: Reals, values: list[Floats], start: float) -> None:
        self.product = product
        self.table = table
        self.values = values
        self.start = start

    @abstractmethod
    def keys(self, beam: Beam, behind: Floats) -> Floats:
        """The keys of each prefix with each next symbol, [B, V]; -inf for those that are none.

        Args:
            beam: the prefixes.
            behind: log-probability of each with that symbol, what is behind it included, [B, V].
        """


class MostProbable(Ranking):
    """Ranks by the most probable name behind; equal ones stay in the order of their symbols."""

    def __init__(self, product: Product, floor: float = -np.inf) -> None:
        """Leaves out what is less probable than ``floor``, in nats from the first position on."""
        best = product.best
        super().__init__(product, product.table.scores, best, float(best[0][0]))
        self._floor = less(floor)

    def keys(self, beam: Beam, behind: Floats) -> Floats:  # noqa: ARG002 - what is behind tells all
        """As ``Ranking``."""
        ranks: Floats = np.round(behind, DECIMALS)
        ranks[ranks < self._floor] = -np.inf
        return ranks


class Drawing(Ranking):
    """Ranks by the largest perturbed log-probability behind; the start's shifts all others."""

    def __init__(self, product: Product) -> None:
        super().__init__(product, product.table.log_probs, product.log_success, 0.0)

    def keys(self, beam: Beam, behind: Floats) -> Floats:
        """As ``Ranking``: the largest of the symbols' keys is the prefix's own."""
        symbols = np.arange(behind.shape[1], dtype=np.uint64)
        uniform = np.maximum(uniforms(draws(beam.noise[:, None], symbols)), 2.0**-54)  # never 0
        perturbed = behind - np.log(-np.log(uniform))
        with np.errstate(divide="ignore", invalid="ignore"):
            # Gumbel variables given that their largest is the prefix's key (appendix B.3 there).
            largest = perturbed.max(1, keepdims=True)
            less = beam.keys[:, None] - perturbed + np.log1p(-np.exp(perturbed - largest))
        keys: Floats = beam.keys[:, None] - np.maximum(less, 0) - np.log1p(np.exp(-np.abs(less)))
        keys[np.isneginf(perturbed)] = -np.inf
        return keys


def less(key: FloatOrFloats) -> FloatOrFloats:
    """Less than what may be equal but for rounding."""
    return key - ROUNDING * (1 + 1e-4 * abs(key))
