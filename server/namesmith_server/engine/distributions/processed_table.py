"""A model's table under one sampling: the distributions that names are drawn from."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import (
    Floats,
    Reals,
    checkpoint,
    chunk_slices,
    reserve,
    unlocked_cached_property,
)
from namesmith_server.engine.distributions.coldness import from_nats, nats
from namesmith_server.engine.distributions.drawing import cumulated
from namesmith_server.engine.distributions.logits_processors import (
    apply_sampling,
    log_apply_sampling,
)
from namesmith_server.engine.distributions.sampling import Sampling

CHUNK = 1 << 12
"""Number of distributions that are transformed between two checkpoints: a few milliseconds."""

LANES = 8
"""Number of columns that compiled code compares at once; the width of ``rounded_cumulative`` is a
multiple."""


class ProcessedTable:
    """The table of a chain's distributions, transformed.

    Attributes:
        probabilities: transformed distribution of each state, float64 [S, V], which sums to 1; a
            symbol that is truncated, or whose probability underflows float64, has 0.
    """

    def __init__(self, log_probs: NDArray[np.float32], sampling: Sampling) -> None:
        """Set the canonical log-probabilities, float32 [S, V], and transform them."""
        self._untransformed = np.ascontiguousarray(log_probs, dtype=np.float32)
        self._sampling = sampling
        self.probabilities = self._transform(apply_sampling)

    @property
    def drawing_size(self) -> int:
        """Number of bytes that names are drawn from: probabilities and their rounded sums."""
        states, size = self.probabilities.shape
        return int(self.probabilities.nbytes + 4 * states * _rounded_width(size))

    @property
    def size(self) -> int:
        """Most bytes that the table may hold, ``log_probs`` among them."""
        return self.drawing_size + int(self.probabilities.nbytes)

    @unlocked_cached_property
    def log_probs(self) -> Floats:
        """Natural logs [S, V]: -inf for truncated symbols, finite where probabilities underflow.

        They are logs under the temperature ``COLDEST`` where the temperature is lower: ``nats``
        gives logs under the temperature itself.
        """
        return self._transform(log_apply_sampling)

    def nats(self, log_probs: Floats) -> Floats:
        """Return sums of ``log_probs`` in nats under the temperature, finite unless they are -inf.

        Below the temperature ``COLDEST`` all sums but the ones that hold no improbable symbol are
        multiples of 1 / temperature.
        """
        return nats(log_probs, self._sampling)

    def from_nats(self, log_prob: float) -> float:
        """Return the sum of ``log_probs`` that ``nats`` gives as a log-probability."""
        return from_nats(log_prob, self._sampling)

    @property
    def scoring_log_probs(self) -> Reals:
        """The log-probabilities [S, V] from which the log-probabilities of names are summed.

        Under the default sampling they are the canonical log-probabilities, as in scoring; the
        distributions then sum to 1 to within float32's rounding alone.
        """
        return self._untransformed if self._sampling == Sampling() else self.log_probs

    @unlocked_cached_property
    def rounded_cumulative(self) -> NDArray[np.float32]:
        """Cumulative probabilities rounded to float32, [S, W]; W is the next multiple of ``LANES``.

        The columns from V on hold 2, more than any draw.
        """
        states, size = self.probabilities.shape
        sums = np.full((states, _rounded_width(size)), 2, dtype=np.float32)
        for rows in chunk_slices(len(sums), CHUNK):
            checkpoint()
            sums[rows, :size] = cumulated(self.probabilities[rows])
        return sums

    def _transform(self, process: Callable[[NDArray[np.float32], Sampling], Floats]) -> Floats:
        """Apply a function of distributions to the whole table, a ``CHUNK`` at a time."""
        reserve(self._untransformed.size * 8)
        processed = np.empty(self._untransformed.shape)
        for rows in chunk_slices(len(processed), CHUNK):
            checkpoint()
            processed[rows] = process(self._untransformed[rows], self._sampling)
        return processed


def _rounded_width(size: int) -> int:
    """Return the number of columns of ``rounded_cumulative`` of a vocabulary."""
    return (size // LANES + 1) * LANES
