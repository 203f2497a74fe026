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
"""Rows that are transformed between two checkpoints: a few milliseconds."""

LANES = 8
"""Columns of which ``rounded_cumulative`` has a multiple: compiled code compares them at once."""


class ProcessedTable:
    """The table of a chain's distributions, transformed.

    Attributes:
        probabilities: float64 [S, V]; each row sums to 1. A truncated symbol is 0, and so is one
            too improbable for a float64.
    """

    def __init__(self, log_probs: NDArray[np.float32], sampling: Sampling) -> None:
        """Take the canonical log-probabilities, float32 [S, V]."""
        self._untransformed = log_probs
        self._sampling = sampling
        self.probabilities = self._transform(apply_sampling)

    @unlocked_cached_property
    def log_probs(self) -> Floats:
        """Natural logs of the probabilities, however low: -inf for truncated symbols alone."""
        return self._transform(log_apply_sampling)

    @property
    def scoring_log_probs(self) -> Reals:
        """The log-probabilities [S, V] that those of whole names are summed from.

        Where nothing is transformed they are the canonical ones, from which names are scored: their
        rows sum to 1 to within float32's rounding alone.
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
        """Apply a function of rows to all of them, a chunk at a time."""
        processed = np.empty(self._untransformed.shape)
        for rows in chunk_slices(len(processed), CHUNK):
            checkpoint()
            processed[rows] = process(self._untransformed[rows], self._sampling)
        return processed
