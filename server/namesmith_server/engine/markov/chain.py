"""A Markov chain over symbols: a distribution of the next symbol, and a successor, in each state.

A table of order L is the chain whose states are all contexts of L symbols, numbered in base V with
the oldest symbol first. States that differ in the oldest symbol alone have the same successors; a
chain of any other shape stores the successors of its states.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.core import States, Symbols

Successors = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Chain:
    """States, their distributions and their successors.

    Attributes:
        log_probs: natural log-probabilities of the next symbol, float32 [S, V].
        rows: row of ``successors`` for each state, int32 [S]; states may share a row.
        successors: state after each symbol, int32 [R, V]; the column of the end symbol has no
            meaning.
        start: state before the first symbol of a name.
    """

    log_probs: NDArray[np.float32]
    rows: Successors
    successors: Successors
    start: int

    @classmethod
    def from_table(cls, log_probs: NDArray[np.float32]) -> Self:
        """Make the chain of all contexts of one length from their table [V^L, V]."""
        states, size = log_probs.shape
        rows = states // size  # contexts of L - 1 symbols: the oldest leaves
        successors = np.arange(states, dtype=np.int32).reshape(rows, size)
        return cls(log_probs, np.arange(states, dtype=np.int32) % np.int32(rows), successors, END)

    @classmethod
    def from_successors(
        cls, log_probs: NDArray[np.float32], successors: Successors, start: int
    ) -> Self:
        """Make the chain of any states from a successor table, int32 [S, V]."""
        shared, rows = np.unique(successors, axis=0, return_inverse=True)
        return cls(log_probs, rows.astype(np.int32).reshape(-1), shared, start)

    @property
    def vocab_size(self) -> int:
        """Number of symbols of the vocabulary, V."""
        return int(self.log_probs.shape[1])

    def __len__(self) -> int:
        """Return the number of states, S."""
        return len(self.log_probs)

    def advance(self, states: States, symbols: Symbols) -> States:
        """Return the states [B] after the symbols [B]."""
        return self.successors[self.rows[states], symbols]

    def after(self, word: tuple[int, ...]) -> int:
        """Return the state after the first symbols of a name."""
        state = self.start
        for symbol in word:
            state = int(self.successors[self.rows[state], symbol])
        return state
