"""A table model as a Markov chain, conditioned exactly on the length of its names.

Forward filtering, backward sampling: the probability of success, to end within the allowed
lengths, is computed backwards once for every context and number of characters; weighing each
next symbol by it makes the forward walk draw from the conditional distribution, without a
rejection.
"""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.errors import UnsatisfiableError
from namesmith_server.engine.parameters import Sampling
from namesmith_server.engine.transform import transform

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
"""Contexts as base-V numbers [B], oldest symbol first: rows of the table."""


class Chain:
    """The chain under one sampling and one range of lengths.

    Attributes:
        probabilities: float64 [V^L, V], transformed.
        size: bytes that it holds.
    """

    def __init__(
        self, log_probs: NDArray[np.float32], sampling: Sampling, min_length: int, max_length: int
    ) -> None:
        self.probabilities = transform(log_probs, sampling)
        self._vocab_size = log_probs.shape[1]
        self._tails = len(log_probs) // self._vocab_size
        self._min_length, self._max_length = min_length, max_length
        self._success = self._backward()
        self.size = self.probabilities.nbytes + self._success.nbytes

    def rows(self, contexts: NDArray[np.int64]) -> Rows:
        """The rows [B] of contexts [B, L]."""
        places = self._vocab_size ** np.arange(contexts.shape[1] - 1, -1, -1)
        rows: Rows = contexts @ places
        return rows

    def advance(self, rows: Rows, symbols: NDArray[np.int64]) -> Rows:
        """The contexts after the symbols."""
        after: Rows = rows % self._tails * self._vocab_size + symbols
        return after

    def start(self, prefix: tuple[int, ...]) -> int:
        """The context after the prefix.

        Raises:
            UnsatisfiableError: no name goes on from it.
        """
        row = 0
        for symbol in prefix:
            row = row % self._tails * self._vocab_size + symbol
        if not self._success[len(prefix)].flat[row] > 0:
            raise UnsatisfiableError(
                "no name with this prefix and these lengths has a probability above 1e-300"
                " under this sampling"
            )
        return row

    def factors(self, position: int | NDArray[np.int64], rows: Rows) -> Floats:
        """Probability of success after each symbol, float64 [B, V].

        Args:
            position: characters so far, of all rows or of each [B].
            rows: contexts [B].
        """
        factors: Floats = self._success[position + 1, rows % self._tails]
        factors[:, END] = position >= self._min_length
        return factors

    def _backward(self) -> Floats:
        """Probability of success by characters so far and context, [max_length + 2, V^(L-1), V].

        The last layer, one character too many, is 0.
        """
        size, tails = self._vocab_size, self._tails
        P = self.probabilities.reshape(size, tails, size)  # oldest symbol, the rest, next symbol
        success = np.zeros((self._max_length + 2, tails, size))
        for position in range(self._max_length, -1, -1):
            after = success[position + 1].copy()
            after[:, END] = position >= self._min_length
            success[position] = np.einsum("otv,tv->ot", P, after).reshape(tails, size)
        return success
