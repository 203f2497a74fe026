"""The table: every conditional distribution, computed beforehand.

The file is a table, whose row is the context as a number, or a chain, whose row is the state that a
walk along the context ends in.
"""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from namesmith.bundle import CHAIN, TABLE, TABLE_LIMIT
from namesmith_server.backends.base import (
    Backend,
    BackendConfig,
    Contexts,
    LogProbs,
)
from namesmith_server.backends.chain_file import ChainArrays, read_chain, wrong_sum
from namesmith_server.backends.registry import register
from namesmith_server.backends.tensor_file import read_tensors, refuse


@register
class TableBackend(Backend):
    """Looks contexts up in a ``table.safetensors`` or a ``chain.safetensors``.

    Attributes:
        table: log-probabilities of the next symbol, float32 [S, V]; of a table, S is V^L, and the
            row of a context is the context as a base-V number, oldest symbol first.
        chain: arrays of the chain, whose states are the rows of ``table``; None for a table.
    """

    name = "table"
    files = (TABLE, CHAIN)
    auto_rank: ClassVar = {"cpu": 2}

    def __init__(self, raw: bytes, config: BackendConfig) -> None:
        """Load the table or the chain from the bytes of the file.

        Raises:
            BackendError: the bytes hold no table or chain of the model's sizes, or a distribution
                does not sum to 1, or a chain breaks another rule of its format.
        """
        super().__init__(raw, config)
        self._vocab_size = config.vocab_size
        self.chain: ChainArrays | None = None
        self.table: LogProbs
        if config.file == CHAIN:
            self.chain = read_chain(raw, config.vocab_size, config.block_size)
            self.table = self.chain.log_probs
        else:
            self.table = _read_table(raw, config.vocab_size, config.block_size)

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
        """Return the row of each context, int64 [B]."""
        return self._numbers(contexts) if self.chain is None else _walk(self.chain, contexts)

    def _numbers(self, contexts: Contexts) -> NDArray[np.int64]:
        """Return contexts as base-V numbers (Horner's scheme, a column at a time)."""
        rows = np.zeros(len(contexts), dtype=np.int64)
        for symbols in contexts.T:
            rows *= self._vocab_size
            rows += symbols
        return rows


def _walk(chain: ChainArrays, contexts: Contexts) -> NDArray[np.int64]:
    """Return the states that contexts [B, L] lead to from the start, a column at a time."""
    states = np.full(len(contexts), chain.start, dtype=np.int64)
    for symbols in contexts.T:
        states = chain.successors[chain.rows[states], symbols].astype(np.int64)
    return states


def _read_table(raw: bytes, vocab_size: int, block_size: int) -> LogProbs:
    rows, most = vocab_size**block_size, TABLE_LIMIT // (4 * vocab_size)
    if rows > most:
        refuse(TABLE, f"{vocab_size}^{block_size} rows are more than {most}, a table's most")
    table: LogProbs = read_tensors(raw, TABLE, {"log_probs": "F32"})["log_probs"]
    if table.shape != (rows, vocab_size):
        refuse(TABLE, f"the table is not float32 {[rows, vocab_size]}")
    wrong = wrong_sum(table)
    if wrong is not None:
        refuse(
            TABLE, f"a row's probabilities do not sum to 1, those of row {wrong[0]} to {wrong[1]:g}"
        )
    return table
