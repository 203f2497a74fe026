"""A table model as a Markov chain, conditioned exactly on the length of its names.

Forward filtering, backward sampling: the probability of success, to end within the allowed
lengths, is computed backwards once for every context and number of characters; weighing each
next symbol by it makes the forward walk draw from the conditional distribution, without a
rejection.
"""

import struct

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.arrays import Floats, Ids, Rows
from namesmith_server.engine.errors import TooRareError, UnsatisfiableError
from namesmith_server.engine.lazy import lazy
from namesmith_server.engine.parameters import Sampling
from namesmith_server.engine.transform import log_transform, transform

FLOOR = 1e-300
"""Least probability of a constraint, its prefix given."""

STARTS = 1 << 10
"""Prefixes whose context is kept."""


class Chain:
    """The chain under one sampling and one range of lengths.

    Contexts are base-V numbers, oldest symbol first: rows of the table.

    Attributes:
        probabilities: of the next symbol, transformed: float64 [V^L, V].
        success: probability of success by characters so far and context:
            float64 [max_length + 2, V^(L-1), V]; the last layer, one character too many, is 0.
            The place of a context that ends in the end symbol, which no name leads to but the
            empty one, holds whether a name may end so.
        tails: V^(L-1).
        vocab_size: V.
        packed: what compiled code is given: addresses of probabilities, success and their rounded
            sums; tails, V, and the width of the sums.
        size: bytes that it holds.
    """

    def __init__(
        self, log_probs: NDArray[np.float32], sampling: Sampling, min_length: int, max_length: int
    ) -> None:
        """Takes the table [V^L, V]."""
        self.vocab_size = log_probs.shape[1]
        self.tails = len(log_probs) // self.vocab_size
        self.probabilities = transform(log_probs, sampling)
        self._log_probs, self._sampling = log_probs, sampling
        self._lengths = min_length, max_length
        self.success = self._backward(self.probabilities)
        self._sums = self._rounded_sums()
        self.packed = struct.pack(
            "PPPqqq",
            self.probabilities.ctypes.data,
            self.success.ctypes.data,
            self._sums.ctypes.data,
            self.tails,
            self.vocab_size,
            self._sums.shape[1],
        )
        self._starts: dict[tuple[int, ...], int] = {}
        self.size = self.probabilities.nbytes + self.success.nbytes + self._sums.nbytes
        self.size += self.success.size  # ``_possible``, once it is asked for

    def rows(self, contexts: NDArray[np.int64]) -> Rows:
        """The rows [B] of contexts [B, L]."""
        places = self.vocab_size ** np.arange(contexts.shape[1] - 1, -1, -1)
        rows: Rows = contexts @ places
        return rows

    def start(self, prefix: tuple[int, ...]) -> int:
        """The context after the prefix.

        Raises:
            UnsatisfiableError: no name goes on from it.
            TooRareError: those that do have a probability below ``FLOOR``.
        """
        row = self.likely(prefix)
        if row is None:
            if self._possible[len(prefix)].flat[self._row(prefix)]:
                raise TooRareError(FLOOR)
            raise UnsatisfiableError
        return row

    def likely(self, prefix: tuple[int, ...]) -> int | None:
        """As ``start``; None where that raises, which may take a while to find out."""
        row = self._starts.get(prefix)
        if row is None:
            row = self._row(prefix)
            if self.success[len(prefix)].flat[row] < FLOOR:
                return None
            if len(self._starts) >= STARTS:
                self._starts.clear()
            self._starts[prefix] = row
        return row

    def factors(self, position: int | NDArray[np.int64], rows: Rows) -> Floats:
        """Probability of success after each symbol, float64 [B, V].

        Args:
            position: characters so far, of all rows or of each [B].
            rows: contexts [B].
        """
        factors: Floats = self.success[position + 1, rows % self.tails]
        return factors

    def symbols(self, position: int, rows: Rows, u: Floats) -> Ids:
        """The next symbol [B] of each context, ``position`` characters in, by its draw [B]."""
        contexts, which = np.unique(rows, return_inverse=True)
        weights = self.probabilities[contexts] * self.factors(position, contexts)
        return choose(cumulated(weights)[which], u)

    def advance(self, position: int, rows: Rows, symbols: Ids) -> Rows:  # noqa: ARG002 - of any
        """The contexts after the symbols."""
        after: Rows = rows % self.tails * self.vocab_size + symbols
        return after

    def _row(self, prefix: tuple[int, ...]) -> int:
        row = 0
        for symbol in prefix:
            row = row % self.tails * self.vocab_size + symbol
        return row

    @lazy
    def _possible(self) -> NDArray[np.bool_]:
        """Whether there is a way to succeed, as ``success``; however improbable."""
        uncut = log_transform(self._log_probs, self._sampling) > -np.inf
        return self._backward(uncut.astype(np.float64)) > 0

    def _rounded_sums(self) -> NDArray[np.float32]:
        """Cumulative probabilities, unconditioned, float32 [V^L, W]; W a multiple of 8 above V.

        The columns from V on hold more than any draw.
        """
        width = self.vocab_size // 8 * 8 + 8
        sums = np.full((len(self.probabilities), width), 2, dtype=np.float32)
        sums[:, : self.vocab_size] = cumulated(self.probabilities)
        return sums

    def _backward(self, weights: Floats) -> Floats:
        """The sum of the weights of all ways to succeed, as ``success``."""
        (min_length, max_length), size, tails = self._lengths, self.vocab_size, self.tails
        P = weights.reshape(size, tails, size)  # oldest symbol, the rest, next symbol
        success = np.zeros((max_length + 2, tails, size))
        for position in range(max_length, -1, -1):
            after = success[position + 1]
            after[:, END] = position >= min_length
            success[position] = np.einsum("otv,tv->ot", P, after).reshape(tails, size)
        return success


def cumulated(weights: Floats) -> Floats:
    """Cumulative distributions [B, V] of the weights; the last value of a row is 1."""
    sums = weights.cumsum(1)
    with np.errstate(invalid="ignore"):  # a row without weight becomes not-a-number
        sums /= sums[:, -1:]
    return sums


def choose(cumulative: Floats, u: Floats) -> Ids:
    """The symbol [B] in whose share of [0, 1) each draw lies."""
    chosen: Ids = (u[:, None] >= cumulative).sum(1)
    return chosen
