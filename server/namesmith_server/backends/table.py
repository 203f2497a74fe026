"""The table: every conditional distribution, computed beforehand."""

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from namesmith_server.backends.base import Backend, BackendError, Contexts, LogProbs

ROUNDING = 1e-4
"""More than float32 log-probabilities lose in a row's sum."""


class TableBackend(Backend):
    """Looks contexts up.

    Attributes:
        table: float32 [V^L, V]; a row's index is its context as a base-V number, oldest symbol
            first.
    """

    name = "table"
    device = "cpu"

    def __init__(self, raw: bytes, vocab_size: int, block_size: int) -> None:
        """Takes the bytes of a ``table.safetensors``.

        Raises:
            BackendError: it does not hold the table of such a model, or what it holds are no
                distributions.
        """
        try:
            table = load(raw).get("log_probs")
        except SafetensorError as error:
            raise BackendError("table.safetensors: is not a safetensors file") from error
        shape = (vocab_size**block_size, vocab_size)
        if table is None or table.dtype != np.float32 or table.shape != shape:
            raise BackendError(f"the table is not float32 {list(shape)}")
        sums = np.exp(table.astype(np.float64)).sum(1)
        if not np.all(np.abs(sums - 1) <= ROUNDING):  # nor where one is not a number
            raise BackendError("table.safetensors: a row's probabilities do not sum to 1")
        self.table: LogProbs = table
        self._vocab_size = vocab_size

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Log P(next symbol | context): int64 [B, L] -> float32 [B, V]."""
        chosen: LogProbs = self.table[self._rows(contexts)]
        return chosen

    def chosen(self, contexts: Contexts, targets: NDArray[np.integer]) -> LogProbs:
        """Log P(target | context): int64 [N, L] and ids [N] -> float32 [N]."""
        cells = self._rows(contexts) * self._vocab_size + targets
        chosen: LogProbs = self.table.ravel().take(cells)
        return chosen

    def _rows(self, contexts: Contexts) -> NDArray[np.int64]:
        """Contexts as base-V numbers (Horner's scheme, a column at a time)."""
        rows = np.zeros(len(contexts), dtype=np.int64)
        for symbols in contexts.T:
            rows *= self._vocab_size
            rows += symbols
        return rows
