"""The log-probabilities that a backend gives to encoded names."""

import numpy as np

from namesmith_server.backends.base import Backend, LogProbs
from namesmith_server.engine import codec
from namesmith_server.engine.core import Counts, EncodedNames, Floats, name_ends
from namesmith_server.engine.results import Loss, Scores


class Scorer:
    """Scores encoded names on one backend."""

    def __init__(self, backend: Backend, block_size: int) -> None:
        """Set the backend, and the number of symbols of a context."""
        self._backend = backend
        self._block_size = block_size

    def log_probs(self, names: EncodedNames) -> LogProbs:
        """Compute log P(symbol | context) of each symbol, float32 [N].

        As many are computed at once as suit the backend.
        """
        chunk_size = self._backend.chosen_at_once
        log_probs = np.empty(len(names), dtype=np.float32)
        for at in range(0, len(names), chunk_size):
            since = max(0, at - self._block_size)  # the first contexts reach back
            chunk = names[since : at + chunk_size]
            contexts = codec.contexts_of(chunk, self._block_size)[at - since :]
            log_probs[at : at + chunk_size] = self._backend.chosen(contexts, chunk[at - since :])
        return log_probs

    def name_log_probs(self, names: EncodedNames) -> Floats:
        """Compute the log-probability of each name, float64 [names]; at least one name."""
        return codec.sums_by_name(self.log_probs(names), names)

    def scores(self, names: EncodedNames) -> Scores:
        """Compute the log-probabilities of at least one name, and of each of its symbols."""
        log_probs = self.log_probs(names)
        lengths = np.diff(name_ends(names), prepend=-1)
        return Scores(codec.sums_by_name(log_probs, names), log_probs, lengths)

    def loss(self, names: EncodedNames, counts: Counts | None = None) -> Loss:
        """Compute the loss of names with these counts, int64 [names]; None: each counts once."""
        return Loss.of(self.log_probs(names), names, counts)
