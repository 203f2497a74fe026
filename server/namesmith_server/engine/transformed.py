"""A table under one sampling: the distributions that names are drawn from, and their logs."""

from functools import cached_property

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.arrays import Floats, Reals
from namesmith_server.engine.parameters import Sampling
from namesmith_server.engine.transform import log_transform, transform


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
        self.probabilities = transform(table, sampling)

    @cached_property
    def log_probs(self) -> Floats:
        """Natural logs of the probabilities, however low: -inf for what is cut alone."""
        return log_transform(self._table, self._sampling)

    @property
    def scores(self) -> Reals:
        """What the log-probability of a name is summed from, [V^L, V].

        Where nothing is transformed, the table itself, from which names are scored: its rows sum
        to 1 to within float32's rounding alone.
        """
        return self._table if self._sampling == Sampling() else self.log_probs
