"""``Histories``: the histories that names pass through, and the teachers' distribution after each.

A history is the symbols before the next one, oldest first, padded with 0 in front. Names that are
sampled from the teachers meet the same histories again and again: the teachers are asked once for
each distinct history.
"""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from namesmith.limits import MAX_TEXT_CHARACTERS
from namesmith.vocabulary import END
from namesmith_trainer.chains import Integers, Reals

Distributions = NDArray[np.float32]
"""Distributions of the next symbol, float32 [N, V]."""

HALVES = 2
"""Number of parts in which occurrences are counted apart: states are chosen by the one half and
judged by the other."""

PART_CELLS = 1 << 21
"""Number of probabilities that are computed with at once: 16 MiB."""

MAX_CELLS = 1 << 28
"""Largest number of probabilities that are kept: 1 GiB."""

BATCH = 50_000
"""Largest number of names that are sampled together."""

BATCH_CELLS = 1 << 22
"""Largest number of probabilities that are drawn from together: 32 MiB in float64."""

MIXER = 0x9E3779B97F4A7C15
"""Odd factor that mixes the symbols of a history into 64 bits (the golden ratio's)."""


T = TypeVar("T", bound=np.generic)


class _Rows(Generic[T]):
    """Rows of an array that grows at its end, by doubling: a row is copied about once.

    Attributes:
        filled: the rows so far, [N, width].
    """

    def __init__(self, width: int, dtype: DTypeLike) -> None:
        self._room: NDArray[T] = np.zeros((0, width), dtype)
        self.filled = self._room

    def append(self, rows: NDArray[T]) -> None:
        count = len(self.filled) + len(rows)
        if count > len(self._room):
            shape = max(count, 2 * len(self._room)), rows.shape[1]
            room = np.empty(shape, self._room.dtype)
            room[: len(self.filled)] = self.filled
            self._room = room
        self._room[len(self.filled) : count] = rows
        self.filled = self._room[:count]


class Histories:
    """Distinct histories in the order in which they were met."""

    def __init__(
        self, teach: Callable[[Integers], Distributions], length: int, vocab_size: int
    ) -> None:
        """Begin without histories.

        Args:
            teach: function from histories int64 [N, L] to the distributions after them.
            length: number of symbols L of a history.
            vocab_size: number of symbols V.
        """
        self._symbols: _Rows[np.int32] = _Rows(length, np.int32)
        self._probabilities: _Rows[np.float32] = _Rows(vocab_size, np.float32)
        self._counts: _Rows[np.float64] = _Rows(HALVES, np.float64)
        self._teach = teach
        self._sorted_keys = np.zeros(0, np.uint64)
        self._sorted_places: Integers = np.zeros(0, np.int64)
        exact = vocab_size**length <= 1 << 64
        self._base = np.uint64(vocab_size if exact else MIXER)

    def __len__(self) -> int:
        """Return the number of distinct histories, U."""
        return len(self._sorted_keys)

    @property
    def symbols(self) -> NDArray[np.int32]:
        """Symbols of each history, int32 [U, L]."""
        return self._symbols.filled

    @property
    def probabilities(self) -> Distributions:
        """The teachers' distribution after each history, float32 [U, V]."""
        return self._probabilities.filled

    @property
    def counts(self) -> Reals:
        """Number of times that each history was met in each half, float64 [HALVES, U]."""
        return self._counts.filled.T

    @property
    def is_full(self) -> bool:
        """True if no more names should be sampled."""
        return self.probabilities.size >= MAX_CELLS

    def meet(
        self, histories: Integers, half: int, weight: float = 1.0, times: Reals | None = None
    ) -> Integers:
        """Count histories int64 [N, L] in a half, and return the place of each, int64 [N].

        Args:
            histories: the histories.
            half: the half.
            weight: weight of a meeting.
            times: number of times that each history is met, float64 [N]; None: once.
        """
        distinct, of_each = self._distinct_places(histories)
        self.counts[half, distinct] += weight * np.bincount(of_each, times)
        return distinct[of_each]

    def places(self, histories: Integers) -> Integers:
        """Return the place of each history int64 [N, L]; new ones are added."""
        distinct, of_each = self._distinct_places(histories)
        return distinct[of_each]

    def _distinct_places(self, histories: Integers) -> tuple[Integers, Integers]:
        """Return the place of each distinct history, and which of these each history is [N]."""
        keys, first, of_each = np.unique(
            self._keys(histories), return_index=True, return_inverse=True
        )
        at = np.searchsorted(self._sorted_keys, keys)
        is_new = np.ones(len(keys), bool)
        if len(self):
            is_new = self._sorted_keys[np.minimum(at, len(self) - 1)] != keys
        if is_new.any():
            self._add(histories[first[is_new]], keys[is_new], at[is_new])
            at += np.cumsum(is_new) - is_new  # every new key in front moves a key by one
        return self._sorted_places[at], of_each

    def _add(self, histories: Integers, keys: NDArray[np.uint64], at: Integers) -> None:
        """Ask the teachers about new histories, whose sorted keys go to places among the others."""
        new = len(self) + np.arange(len(keys))
        self._symbols.append(histories.astype(np.int32))
        for part in parts(len(histories), self.probabilities.shape[1]):
            self._probabilities.append(self._teach(histories[part]))
        self._counts.append(np.zeros((len(keys), HALVES)))
        self._sorted_keys = np.insert(self._sorted_keys, at, keys)
        self._sorted_places = np.insert(self._sorted_places, at, new)

    def _keys(self, histories: Integers) -> NDArray[np.uint64]:
        """Return a number for each history: exact, or mixed to 64 bits where V^L is larger.

        Of a million mixed histories two are taken for one with a probability below 1e-7.
        """
        keys = np.zeros(len(histories), np.uint64)
        for symbols in histories.T:
            keys = keys * self._base + symbols.astype(np.uint64)
        return keys


def parts(count: int, vocab_size: int) -> Iterator[slice]:
    """Yield the parts of rows of V probabilities that are computed with at once."""
    size = max(1, PART_CELLS // vocab_size)
    for at in range(0, count, size):
        yield slice(at, at + size)


def sample_names(histories: Histories, count: int, seed: int) -> Iterator[int]:
    """Sample names from the teachers, and count the histories that they pass through.

    Args:
        histories: histories that grow; the names are divided between the halves.
        count: number of names; sampling ends earlier where ``histories`` is full.
        seed: seed of the draws.

    Yields:
        the number of names sampled so far, after each batch.
    """
    generator = np.random.default_rng(seed)
    largest = min(BATCH, BATCH_CELLS // histories.probabilities.shape[1] + 1, -(-count // HALVES))
    done, half = 0, 0
    while done < count and not histories.is_full:
        batch = min(largest, count - done)
        _sample_batch(histories, batch, half, generator)
        done, half = done + batch, (half + 1) % HALVES
        yield done


def _sample_batch(
    histories: Histories, count: int, half: int, generator: np.random.Generator
) -> None:
    now = np.zeros((count, histories.symbols.shape[1]), np.int64)
    for _ in range(MAX_TEXT_CHARACTERS):
        places = histories.meet(now, half)  # may replace the array of probabilities
        sums = histories.probabilities[places].cumsum(1, dtype=np.float64)
        draws = generator.random(len(now)) * sums[:, -1]
        symbols = (draws[:, None] >= sums).sum(1)
        going = symbols != END
        now = np.concatenate([now[going, 1:], symbols[going, None]], 1)
        if not len(now):
            break
