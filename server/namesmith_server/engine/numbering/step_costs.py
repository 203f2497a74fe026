"""Whole costs of a chain's steps: improbability counted in units, rounded up.

A name costs the sum of its steps. Costs are integers, so that names can be counted by their cost;
rounding up makes every cost a true bound: a name of cost c has a log-probability of at least
-c x unit.
"""

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.constraints import Word
from namesmith_server.engine.core import Reals, checkpoint, chunk_slices
from namesmith_server.engine.markov import Chain

Costs = NDArray[np.uint16]

IMPOSSIBLE = (1 << 16) - 1
"""Cost of a step that no numbered name takes."""

LEAST_LOG_PROB = -700.0
"""Natural log-probability below which a step counts as impossible: float64 barely holds its
probability."""

CHUNK = 1 << 14
"""Number of states whose costs are computed between two checkpoints."""


class StepCosts:
    """The cost of each symbol in each state of a chain.

    Attributes:
        unit: nats of one unit, a power of two.
        costs: cost of each next symbol in each state, or ``IMPOSSIBLE``, uint16 [S, V].
        order: symbols of each state, the cheapest first, of equal costs by their ids, uint16
            [S, V].
    """

    def __init__(self, chain: Chain, unit: float) -> None:
        """Compute the costs; ``unit`` is a power of two, at least 1/64: 16 bits hold a cost."""
        self.unit = unit
        self._chain = chain
        self.costs: Costs = np.empty(chain.log_probs.shape, dtype=np.uint16)
        self.order: Costs = np.empty(chain.log_probs.shape, dtype=np.uint16)
        for part in chunk_slices(len(chain), CHUNK):
            checkpoint()
            units = np.ceil(-chain.log_probs[part].astype(np.float64) / unit).clip(min=0)
            units[~possible(chain.log_probs[part])] = IMPOSSIBLE
            self.costs[part] = units
            self.order[part] = np.argsort(self.costs[part], axis=1, kind="stable")

    @property
    def size(self) -> int:
        """Number of bytes that the costs hold."""
        return self.costs.nbytes + self.order.nbytes

    def negative(self) -> Reals:
        """Return the costs as weights of MAX_PLUS: negative, -inf of impossible steps, float32."""
        weights = -self.costs.astype(np.float32)
        weights[self.costs == IMPOSSIBLE] = -np.inf
        return weights

    def of_prefix(self, prefix: Word) -> int:
        """Return the cost of the steps of a prefix, each of them possible."""
        total, state = 0, self._chain.start
        for symbol in prefix:
            total += int(self.costs[state, symbol])
            state = int(self._chain.successors[self._chain.rows[state], symbol])
        return total


def possible(log_probs: Reals) -> NDArray[np.bool_]:
    """Tell of each step whether a numbered name can take it."""
    return np.asarray(log_probs >= LEAST_LOG_PROB)
