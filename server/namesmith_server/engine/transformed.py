"""A table under one sampling: the distributions that names are drawn from, and their logs."""

from collections.abc import Callable

import numpy as np

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.arrays import Floats, Reals, parts
from namesmith_server.engine.lazy import lazy
from namesmith_server.engine.parameters import Sampling
from namesmith_server.engine.transform import log_transform, transform
from namesmith_server.engine.turns import breathe

ROWS = 1 << 12
"""That are transformed at once: a few milliseconds."""


class Transformed:
    """The transformed table.

    Attributes:
        probabilities: float64 [V^L, V]; each row sums to 1. What is cut is 0, and what is too
            improbable for a float64 too.
    """

    def __init__(self, table: LogProbs, sampling: Sampling) -> None:
        """Takes the canonical table float32 [V^L, V]."""
        self._table = table
        self._sampling = sampling
        self.probabilities = self._made(transform)

    @lazy
    def log_probs(self) -> Floats:
        """Natural logs of the probabilities, however low: -inf for what is cut alone."""
        return self._made(log_transform)

    @property
    def scores(self) -> Reals:
        """What the log-probability of a name is summed from, [V^L, V].

        Where nothing is transformed, the table itself, from which names are scored: its rows sum
        to 1 to within float32's rounding alone.
        """
        return self._table if self._sampling == Sampling() else self.log_probs

    def _made(self, make: Callable[[LogProbs, Sampling], Floats]) -> Floats:
        """What is made of each row by itself, some at a time."""
        made = np.empty(self._table.shape)
        for rows in parts(len(made), ROWS):
            breathe()
            made[rows] = make(self._table[rows], self._sampling)
        return made
