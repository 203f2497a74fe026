"""The table: every conditional distribution, computed beforehand."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from namesmith.bundle import TABLE
from namesmith_server.backends.base import (
    Backend,
    BackendConfig,
    BackendError,
    Contexts,
    LogProbs,
)
from namesmith_server.backends.registry import register

ROUNDING = 1e-4
"""Bound on the rounding error of a distribution's sum, from float32 log-probabilities."""


@register
class TableBackend(Backend):
    """Looks contexts up in a ``table.safetensors``.

    Attributes:
        table: log-probabilities of the next symbol, float32 [V^L, V]; the index of a context is
            the context as a base-V number, oldest symbol first.
    """

    name = "table"
    file = TABLE
    auto_rank: ClassVar = {"cpu": 2}

    def __init__(self, raw: bytes, config: BackendConfig) -> None:
        """Load the table from the bytes of the file.

        Raises:
            BackendError: the bytes hold no table of the model's sizes, or a distribution of the
                table does not sum to 1.
        """
        super().__init__(raw, config)
        self.table: LogProbs = _read(raw, config.vocab_size, config.block_size)
        self._vocab_size = config.vocab_size

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return log P(next symbol | context): int64 [B, L] -> float32 [B, V]."""
        chosen: LogProbs = self.table[self._rows(contexts)]
        return chosen

    def chosen(self, contexts: Contexts, targets: NDArray[np.integer]) -> LogProbs:
        """Return log P(target | context): int64 [N, L] and ids [N] -> float32 [N]."""
        cells = self._rows(contexts) * self._vocab_size + targets
        chosen: LogProbs = self.table.ravel().take(cells)
        return chosen

    def _rows(self, contexts: Contexts) -> NDArray[np.int64]:
        """Return contexts as base-V numbers (Horner's scheme, a column at a time)."""
        rows = np.zeros(len(contexts), dtype=np.int64)
        for symbols in contexts.T:
            rows *= self._vocab_size
            rows += symbols
        return rows


def _read(raw: bytes, vocab_size: int, block_size: int) -> LogProbs:
    from safetensors import SafetensorError  # noqa: PLC0415 - when a table is opened
    from safetensors.numpy import load  # noqa: PLC0415 - likewise

    try:
        table = load(raw).get("log_probs")
    except SafetensorError as error:
        raise BackendError("table.safetensors: is not a safetensors file") from error
    shape = (vocab_size**block_size, vocab_size)
    if table is None or table.dtype != np.float32 or table.shape != shape:
        raise BackendError(f"the table is not float32 {list(shape)}")
    sums = np.exp(table.astype(np.float64)).sum(1)
    if not np.all(np.abs(sums - 1) <= ROUNDING):  # a sum that is not a number fails too
        raise BackendError("table.safetensors: a row's probabilities do not sum to 1")
    return table
