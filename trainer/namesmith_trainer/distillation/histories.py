"""``Histories``: the histories that names pass through, and the teachers' distribution after each.

A history is the symbols before the next one, oldest first, padded with 0 in front. Names that are
sampled from the teachers meet the same histories again and again: the teachers are asked once for
each distinct history.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import MAX_TEXT_CHARACTERS
from namesmith.vocabulary import END
from namesmith_trainer.chains import Integers, Reals

Distributions = NDArray[np.float32]
"""Distributions of the next symbol, float32 [N, V]."""

HALVES = 2
"""Number of parts in which occurrences are counted apart: states are chosen by the one half and
judged by the other."""

MAX_CELLS = 1 << 28
"""Largest number of probabilities that are kept: 1 GiB."""

BATCH = 50_000
"""Number of names that are sampled together."""

MIXER = 0x9E3779B97F4A7C15
"""Odd factor that mixes the symbols of a history into 64 bits (the golden ratio's)."""


class Histories:
    """Distinct histories in the order in which they were met.

    Attributes:
        symbols: the symbols of each history, int32 [U, L].
        probabilities: the teachers' distribution after each history, float32 [U, V].
        counts: how often each history was met in each half, float64 [HALVES, U].
    """

    def __init__(
        self, teach: Callable[[Integers], Distributions], length: int, vocab_size: int
    ) -> None:
        """Begin without histories.

        Args:
            teach: function from histories int64 [N, L] to the distributions after them.
            length: number of symbols L of a history.
            vocab_size: number of symbols V.
        """
        self.symbols = np.zeros((0, length), np.int32)
        self.probabilities: Distributions = np.zeros((0, vocab_size), np.float32)
        self.counts: Reals = np.zeros((HALVES, 0))
        self._teach = teach
        self._sorted_keys = np.zeros(0, np.uint64)
        self._sorted_places: Integers = np.zeros(0, np.int64)
        exact = vocab_size**length < 1 << 64
        self._base = np.uint64(vocab_size if exact else MIXER)

    def __len__(self) -> int:
        """Return the number of distinct histories, U."""
        return len(self.symbols)

    @property
    def is_full(self) -> bool:
        """True if no more names should be sampled."""
        return self.probabilities.size >= MAX_CELLS

    def meet(self, histories: Integers, half: int, weight: float = 1.0) -> Integers:
        """Count histories int64 [N, L] in a half, and return the place of each, int64 [N]."""
        places = self.places(histories)
        self.counts[half] += weight * np.bincount(places, minlength=len(self))
        return places

    def places(self, histories: Integers) -> Integers:
        """Return the place of each history int64 [N, L]; new histories are taught first."""
        keys = self._keys(histories)
        distinct, first, of_each = np.unique(keys, return_index=True, return_inverse=True)
        at = np.searchsorted(self._sorted_keys, distinct)
        inside = np.minimum(at, max(len(self._sorted_keys) - 1, 0))
        is_new = np.ones(len(distinct), bool)
        if len(self):
            is_new = self._sorted_keys[inside] != distinct
        if is_new.any():
            self._add(histories[first[is_new]], distinct[is_new], at[is_new])
            inside = np.searchsorted(self._sorted_keys, distinct)
        places: Integers = self._sorted_places[inside][of_each]
        return places

    def _add(self, histories: Integers, keys: NDArray[np.uint64], at: Integers) -> None:
        """Teach new histories, whose sorted keys go to the given places among the sorted keys."""
        new = len(self) + np.arange(len(keys))
        self._sorted_keys = np.insert(self._sorted_keys, at, keys)
        self._sorted_places = np.insert(self._sorted_places, at, new)
        self.symbols = np.concatenate([self.symbols, histories.astype(np.int32)])
        self.probabilities = np.concatenate([self.probabilities, self._teach(histories)])
        self.counts = np.pad(self.counts, ((0, 0), (0, len(keys))))

    def _keys(self, histories: Integers) -> NDArray[np.uint64]:
        """Return a number for each history: exact, or mixed to 64 bits where V^L is larger.

        Of a million mixed histories two are taken for one with a probability below 1e-7.
        """
        keys = np.zeros(len(histories), np.uint64)
        for symbols in histories.T:
            keys = keys * self._base + symbols.astype(np.uint64) + np.uint64(1)
        return keys


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
    done, half = 0, 0
    while done < count and not histories.is_full:
        batch = min(BATCH, -(-count // HALVES), count - done)
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
