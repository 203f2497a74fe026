"""A table model as a Markov chain, conditioned exactly on the length of its names.

Forward filtering, backward sampling: the probability of success, to end within the allowed
lengths, is computed backwards once for every context and number of characters; weighing each
next symbol by it makes the forward walk draw from the conditional distribution, without a
rejection.
"""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.errors import UnsatisfiableError
from namesmith_server.engine.guide import Guide
from namesmith_server.engine.parameters import Sampling
from namesmith_server.engine.random import Draws, Keys, draw, draws, uniform, uniforms
from namesmith_server.engine.transform import transform

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
"""Contexts as base-V numbers [B], oldest symbol first: rows of the table."""

KEPT = 1 << 15
"""Distributions that are kept for names walked one by one."""

ROUNDING = 1e-12
"""More than float64 loses in a sum of probabilities."""


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
        self._onward = np.arange(len(log_probs)) % self._tails * self._vocab_size
        self._success = self._backward()
        self._guide = Guide(cumulated(self.probabilities))
        self._guided = self._covered()
        self._quick = memoryview(self._guide.symbols)  # type: ignore[arg-type]
        self._kept: dict[tuple[int, int], list[float]] = {}
        self.size = sum(
            array.nbytes for array in (self.probabilities, self._success, self._guide.symbols)
        )

    def rows(self, contexts: NDArray[np.int64]) -> Rows:
        """The rows [B] of contexts [B, L]."""
        places = self._vocab_size ** np.arange(contexts.shape[1] - 1, -1, -1)
        rows: Rows = contexts @ places
        return rows

    def advance(self, rows: Rows, symbols: NDArray[np.integer]) -> Rows:
        """The contexts after the symbols."""
        after: Rows = self._onward.take(rows) + symbols
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

    def symbols(self, position: int, rows: Rows, keys: Keys) -> NDArray[np.integer]:
        """The next symbol [B] of each context, ``position`` characters in, by its generator."""
        bits = draws(keys, position)
        if position not in self._guided:
            return self._decide(position, rows, bits)
        symbols = self._guide.look(rows, bits)
        unsure = np.flatnonzero(symbols == self._guide.unsure)
        if unsure.size:
            symbols[unsure] = self._decide(position, rows[unsure], bits[unsure])
        return symbols

    def name(self, row: int, position: int, key: int, known: Sequence[int] = ()) -> list[int]:
        """Walks one name to its end, as ``symbols`` would.

        Args:
            row: context after the prefix.
            position: characters of the prefix.
            key: of the name's generator.
            known: its draws from this position on, as far as they were made beforehand.

        Returns:
            the symbols after the prefix, the end symbol last.
        """
        quick, guided, unsure = self._quick, self._guided, self._guide.unsure
        width, shift = self._guide.bits, self._guide.shift
        tails, size = self._tails, self._vocab_size
        known_until = position + len(known)
        name = []
        symbol = unsure
        while symbol != END:
            bits = known[position - known_until] if position < known_until else draw(key, position)
            symbol = quick[(row << width) + (bits >> shift)] if position in guided else unsure
            if symbol == unsure:
                symbol = bisect_right(self._row(position, row), uniform(bits))
            name.append(symbol)
            row = row % tails * size + symbol
            position += 1
        return name

    def _decide(self, position: int, rows: Rows, bits: Draws) -> NDArray[np.int64]:
        """The next symbols by the conditional distributions themselves."""
        contexts, which = np.unique(rows, return_inverse=True)
        return choose(self._cumulative(position, contexts)[which], uniforms(bits))

    def _cumulative(self, position: int, rows: Rows) -> Floats:
        return cumulated(self.probabilities[rows] * self.factors(position, rows))

    def _row(self, position: int, row: int) -> list[float]:
        """One cumulative distribution, kept for the next time."""
        kept = self._kept.get((position, row))
        if kept is None:
            if len(self._kept) == KEPT:
                self._kept.clear()
            kept = self._cumulative(position, np.array([row]))[0].tolist()
            self._kept[position, row] = kept
        return kept

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

    def _covered(self) -> range:
        """The positions at which the guide, made without a look at lengths, is right.

        Where a name may end and succeeds with probability at least Z from every context,
        conditioning moves a cumulative probability by at most 1/Z - 1.
        """
        least = self._success.reshape(len(self._success), -1).min(1)
        last = self._min_length
        while last <= self._max_length and least[last] * (1 + self._guide.margin - ROUNDING) > 1:
            last += 1
        return range(self._min_length, last)


def cumulated(weights: Floats) -> Floats:
    """Cumulative distributions [B, V] of the weights; the last value of a row is 1."""
    sums = weights.cumsum(1)
    with np.errstate(invalid="ignore"):  # a row without weight becomes not-a-number
        sums /= sums[:, -1:]
    return sums


def choose(cumulative: Floats, u: Floats) -> NDArray[np.int64]:
    """The symbol [B] in whose share of [0, 1) each draw lies."""
    chosen: NDArray[np.int64] = (u[:, None] >= cumulative).sum(1)
    return chosen
