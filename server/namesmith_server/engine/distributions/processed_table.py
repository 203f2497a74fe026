"""A model's table under one sampling: the distributions that names are drawn from."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import (
    Floats,
    Reals,
    checkpoint,
    chunk_slices,
    unlocked_cached_property,
)
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
        self._untransformed = log_probs
        self._sampling = sampling
        self.probabilities = self._transform(apply_sampling)

    @unlocked_cached_property
    def log_probs(self) -> Floats:
        """Natural logs [S, V]: -inf for truncated symbols, finite where probabilities underflow."""
        return self._transform(log_apply_sampling)

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
        size = self.probabilities.shape[1]
        sums = np.full((len(self.probabilities), (size // LANES + 1) * LANES), 2, dtype=np.float32)
        for rows in chunk_slices(len(sums), CHUNK):
            checkpoint()
            sums[rows, :size] = cumulated(self.probabilities[rows])
        return sums

    def _transform(self, process: Callable[[NDArray[np.float32], Sampling], Floats]) -> Floats:
        """Apply a function of distributions to the whole table, a ``CHUNK`` at a time."""
        processed = np.empty(self._untransformed.shape)
        for rows in chunk_slices(len(processed), CHUNK):
            checkpoint()
            processed[rows] = process(self._untransformed[rows], self._sampling)
        return processed
