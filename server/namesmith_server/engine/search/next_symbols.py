"""The log-probabilities of next symbols under a sampling, computed a few contexts at a time."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.codec import contexts_of
from namesmith_server.engine.core import Floats, Reals, checkpoint, chunk_slices
from namesmith_server.engine.distributions import Sampling, log_apply_sampling

Contexts = NDArray[np.int64]
"""Contexts [B, L], oldest symbol first."""

CHUNK = 256
"""Number of contexts between two checkpoints: a few milliseconds."""


class NextSymbols:
    """A model's next symbols under one sampling.

    Attributes:
        sampling: settings under which each symbol is drawn.
        block_size: number of symbols of a context, L.
    """

    def __init__(
        self, log_probs: Callable[[Contexts], Reals], block_size: int, sampling: Sampling
    ) -> None:
        """Set the function from contexts [B, L] to log-probabilities [B, V], and the sampling."""
        self.sampling = sampling
        self.block_size = block_size
        self._log_probs = log_probs

    def log_probs(self, contexts: Contexts) -> Floats:
        """Return log P(next symbol | context), natural log <= 0: int64 [B, L] -> float64 [B, V].

        Without a transformation they are the model's own, so that their sums are its scores.
        """
        parts = []
        for chunk in chunk_slices(len(contexts), CHUNK):
            checkpoint()
            parts.append(self._transformed(self._log_probs(contexts[chunk])))
        return np.concatenate(parts)

    def prefix_log_prob(self, prefix: tuple[int, ...]) -> float:
        """Return the log-probability that a name begins with the symbols; it may be -inf."""
        symbols = np.array(prefix, dtype=np.int64)
        if not symbols.size:
            return 0.0
        log_probs = self.log_probs(contexts_of(symbols, self.block_size))
        chosen: list[float] = log_probs[np.arange(len(symbols)), symbols].tolist()
        return sum(chosen)

    def _transformed(self, log_probs: Reals) -> Floats:
        if self.sampling == Sampling():
            return np.minimum(log_probs, 0.0, dtype=np.float64)  # rounding may lift a log above 0
        return log_apply_sampling(log_probs, self.sampling)
