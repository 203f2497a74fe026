"""A table model as a Markov chain, conditioned exactly on the length of its names.

Forward filtering, backward sampling: the probability of success, to end within the allowed
lengths, is computed backwards once for every context and number of characters; weighing each
next symbol by it makes the forward walk draw from the conditional distribution, without a
rejection.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from operator import mul
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.arrays import Floats, Ids, Rows
from namesmith_server.engine.errors import UnsatisfiableError
from namesmith_server.engine.guide import ROUNDING, Guide
from namesmith_server.engine.parameters import Sampling
from namesmith_server.engine.random import Keys, draw, draws, uniform, uniforms
from namesmith_server.engine.transform import transform

STARTS = 1 << 10
"""Starts that are kept."""


class Start(NamedTuple):
    """Where names with a prefix start.

    Attributes:
        position: characters of the prefix.
        row: context after it.
        cumulative: conditional distribution of the next symbol, V sums, the last 1.
    """

    position: int
    row: int
    cumulative: list[float]


class Chain:
    """The chain under one sampling and one range of lengths.

    Contexts are base-V numbers, oldest symbol first: rows of the table.

    Attributes:
        size: bytes that it holds.
    """

    def __init__(
        self, log_probs: NDArray[np.float32], sampling: Sampling, min_length: int, max_length: int
    ) -> None:
        """Takes the table [V^L, V]."""
        self._vocab_size = log_probs.shape[1]
        self._tails = len(log_probs) // self._vocab_size
        self._min_length, self._max_length = min_length, max_length
        self._onward = np.arange(len(log_probs)) % self._tails * self._vocab_size
        self._probabilities = transform(log_probs, sampling)  # (V^L, V)
        self._success = self._backward()
        self._guide = Guide(cumulated(self._probabilities))
        self._guided = self._covered()
        # Scalars are read faster through these.
        self._p = memoryview(self._probabilities.ravel())  # type: ignore[arg-type]
        self._s = memoryview(self._success.ravel())  # type: ignore[arg-type]
        self._starts: dict[tuple[int, ...], Start] = {}
        self.size = self._guide.size + self._probabilities.nbytes + self._success.nbytes

    def rows(self, contexts: NDArray[np.int64]) -> Rows:
        """The rows [B] of contexts [B, L]."""
        places = self._vocab_size ** np.arange(contexts.shape[1] - 1, -1, -1)
        rows: Rows = contexts @ places
        return rows

    def advance(self, rows: Rows, symbols: Ids) -> Rows:
        """The contexts after the symbols."""
        after: Rows = self._onward.take(rows) + symbols
        return after

    def start(self, prefix: tuple[int, ...]) -> Start:
        """Where the names with a prefix start.

        Raises:
            UnsatisfiableError: no name goes on from it.
        """
        kept = self._starts.get(prefix)
        if kept is None:
            if len(self._starts) == STARTS:
                self._starts.clear()
            kept = self._starts[prefix] = self._start(prefix)
        return kept

    def factors(self, position: int | NDArray[np.int64], rows: Rows) -> Floats:
        """Probability of success after each symbol, float64 [B, V].

        Args:
            position: characters so far, of all rows or of each [B].
            rows: contexts [B].
        """
        factors: Floats = self._success[position + 1, rows % self._tails]
        return factors

    def symbols(self, position: int, rows: Rows, keys: Keys) -> Ids:
        """The next symbol [B] of each context, ``position`` characters in, by its generator."""
        bits = draws(keys, position)
        if position in self._guided:
            symbols = self._guide.look(rows, bits)
        else:
            symbols = np.full(len(rows), self._guide.unsure)
        unsure = np.flatnonzero(symbols == self._guide.unsure)
        if unsure.size:
            weights = self._weights(position, rows[unsure])
            symbols[unsure] = choose(cumulated(weights), uniforms(bits[unsure]))
        return symbols

    def name(self, start: Start, key: int, known: Sequence[int] = ()) -> list[int]:
        """Walks one name to its end, as ``symbols`` would.

        Args:
            start: where it starts.
            key: of its generator.
            known: its draws from there on, as far as they were made beforehand.

        Returns:
            the symbols after the prefix, the end symbol last.
        """
        quick, guided, unsure = self._guide.buckets, self._guided, self._guide.unsure
        width, shift = self._guide.bits, self._guide.shift
        tails, size = self._tails, self._vocab_size
        position, row, opening = start
        known_until = position + len(known)
        bits = known[0] if known else draw(key, position)
        symbol = bisect_right(opening, uniform(bits))
        name = [symbol]
        while symbol != END:
            row = row % tails * size + symbol
            position += 1
            bits = known[position - known_until] if position < known_until else draw(key, position)
            symbol = quick[(row << width) + (bits >> shift)] if position in guided else unsure
            if symbol == unsure:
                symbol = self._decide(position, row, bits)
            name.append(symbol)
        return name

    def _start(self, prefix: tuple[int, ...]) -> Start:
        position, row = len(prefix), 0
        for symbol in prefix:
            row = row % self._tails * self._vocab_size + symbol
        if not self._success[position].flat[row] > 0:
            raise UnsatisfiableError(
                "no name with this prefix and these lengths has a probability above 1e-300"
                " under this sampling"
            )
        weights = self._weights(position, np.array([row]))
        return Start(position, row, cumulated(weights)[0].tolist())

    def _weights(self, position: int, rows: Rows) -> Floats:
        """The conditional distributions [B, V], up to a factor a row."""
        weights: Floats = self._probabilities[rows] * self.factors(position, rows)
        return weights

    def _decide(self, position: int, row: int, bits: int) -> int:
        """The next symbol of one context by its draw: the same numbers as in an array."""
        if position >= self._min_length:
            # From a context that succeeds with probability Z, conditioning moves a cumulative
            # probability by at most 1/Z - 1.
            success = self._s[position * len(self._onward) + row]
            symbol = self._guide.compare(row, bits, 1 / success - 1)
            if symbol != self._guide.unsure:
                return symbol
        size = self._vocab_size
        tail = ((position + 1) * self._tails + row % self._tails) * size
        weights = map(mul, self._p[row * size : (row + 1) * size], self._s[tail : tail + size])
        sums = list(accumulate(weights))
        total = sums[-1]
        return bisect_right(sums, uniform(bits), key=lambda part: part / total)

    def _backward(self) -> Floats:
        """Probability of success by characters so far and context, [max_length + 2, V^(L-1), V].

        The last layer, one character too many, is 0. The place of a context that ends in the
        end symbol, which no name leads to but the empty one, holds whether a name may end so.
        """
        size, tails = self._vocab_size, self._tails
        P = self._probabilities.reshape(size, tails, size)  # oldest symbol, the rest, next symbol
        success = np.zeros((self._max_length + 2, tails, size))
        for position in range(self._max_length, -1, -1):
            after = success[position + 1]
            after[:, END] = position >= self._min_length
            success[position] = np.einsum("otv,tv->ot", P, after).reshape(tails, size)
        return success

    def _covered(self) -> range:
        """The positions at which the guide's buckets, made without a look at lengths, are right."""
        least = self._success[:, :, END + 1 :].min((1, 2))  # of contexts inside a name
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


def choose(cumulative: Floats, u: Floats) -> Ids:
    """The symbol [B] in whose share of [0, 1) each draw lies."""
    chosen: Ids = (u[:, None] >= cumulative).sum(1)
    return chosen
