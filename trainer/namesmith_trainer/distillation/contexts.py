"""``ContextTree``: the contexts that histories end in, and the teachers' distributions behind them.

The contexts are kept newest symbol first, so that the parent of a context in the tree is its
suffix: the context without its oldest symbol.

    ()                        every history
    ├── (a)                   histories that end in a
    │   ├── (n, a)            ... in na
    │   └── (^, a)            the beginning "a" of a name; nothing stands before it
    └── (b)
"""

from collections.abc import Iterator

import numpy as np
import torch

from namesmith.vocabulary import END
from namesmith_trainer.chains import Context, Integers, Reals, Trie
from namesmith_trainer.distillation.histories import HALVES, Histories

LEAST_COUNT = 2.0
"""Least number of occurrences of a context that is kept: a rarer one is in one half alone."""

NONE = -1
"""The number that stands for no context."""


class ContextTree:
    """Contexts of up to D symbols, shorter contexts first; context 0 is the empty one.

    Attributes:
        histories: the histories.
        suffixes: suffix of each context, the context without its oldest symbol, int64 [C]; of the
            empty context itself.
        prefixes: prefix of each context, the context without its newest symbol, int64 [C].
        levels: the contexts of each number of symbols, from 0 on.
        sums: sum of the distributions after the histories that end in each context, weighed by the
            number of occurrences in each half, float64 [HALVES, C, V].
    """

    sums: Reals

    def __init__(self, histories: Histories, longest: int) -> None:
        """Find the contexts of up to ``longest`` symbols."""
        self.histories = histories
        size = histories.probabilities.shape[1]
        self._trie = Trie(size)
        self._of_histories = [np.zeros(len(histories), np.int64)]  # one array for each level
        self.levels = [slice(0, 1)]
        occurrences = histories.counts.sum(0)
        for length in range(1, longest + 1):
            self._grow(length, occurrences)
        self.suffixes, self.prefixes = self._suffixes(), self._prefixes()
        self.sums: Reals = np.zeros((HALVES, len(self), size))
        for ids, level in zip(self._of_histories, self.levels, strict=True):
            inside = np.flatnonzero(ids != NONE)
            self.sums[:, level] = self._summed(
                inside, ids[inside] - level.start, level.stop - level.start
            )

    def __len__(self) -> int:
        """Return the number of contexts, C."""
        return self.levels[-1].stop

    def longest_kept(self, kept: np.ndarray) -> Integers:
        """Return the longest kept context that each history ends in, int64 [U].

        Args:
            kept: whether each context is kept, bool [C]; the empty context is.
        """
        found: Integers = np.zeros(len(self.histories), np.int64)
        for ids in self._of_histories[1:]:
            here = np.flatnonzero(ids != NONE)
            here = here[kept[ids[here]]]
            found[here] = ids[here]
        return found

    def sums_by(self, groups: Integers, count: int) -> Reals:
        """Return sums as ``sums`` has them, for histories grouped by a number [U] below count."""
        return self._summed(np.arange(len(groups)), groups, count)

    def symbols(self, chosen: Integers) -> list[Context]:
        """Return the symbols of contexts that are given in ascending order."""
        contexts: list[Context] = []
        for length, level in enumerate(self.levels):
            ids = chosen[(chosen >= level.start) & (chosen < level.stop)]
            columns = []
            for _ in range(length):  # the oldest symbol first
                columns.append(self._oldest(ids))
                ids = self.suffixes[ids]
            rows = np.stack(columns, 1) if columns else np.zeros((len(ids), 0), np.int64)
            contexts += map(tuple, rows.tolist())
        return contexts

    def _grow(self, length: int, occurrences: Reals) -> None:
        """Add the contexts of a length that occur often enough."""
        symbols = self.histories.symbols
        before, level = self._of_histories[-1], self.levels[-1]
        going = before != NONE
        if length > 1:  # a context that begins with the boundary has no longer one
            going &= symbols[:, -(length - 1)] != END
        inside = np.flatnonzero(going)
        prefixes, oldest = before[inside] - level.start, symbols[inside, -length].astype(np.int64)
        keys, ids = np.unique(prefixes * self._trie.vocab_size + oldest, return_inverse=True)
        often = np.bincount(ids, occurrences[inside], len(keys)) >= LEAST_COUNT
        inside, prefixes, oldest = (one[often[ids]] for one in (inside, prefixes, oldest))
        places = np.full(len(symbols), NONE)
        places[inside] = level.stop + self._trie.grow(prefixes, oldest)
        self._of_histories.append(places)
        self.levels.append(slice(level.stop, level.stop + int(often.sum())))

    def _summed(self, inside: Integers, groups: Integers, count: int) -> Reals:
        """Sum the weighed distributions of some histories by group: float64 [HALVES, count, V]."""
        sums = torch.zeros((HALVES, count, self.sums.shape[2]), dtype=torch.float64)
        indices = torch.from_numpy(groups)
        for half, counts in enumerate(self.histories.counts):
            for part in _parts(len(inside)):
                rows = inside[part]
                weighed = self.histories.probabilities[rows] * counts[rows, None]
                sums[half].index_add_(0, indices[part], torch.from_numpy(weighed))
        return sums.numpy()

    def _suffixes(self) -> Integers:
        parts = [
            self._trie.prefixes(length) + shorter.start
            for length, shorter in enumerate(self.levels[:-1], start=1)
        ]
        return np.concatenate([np.zeros(1, np.int64), *parts])

    def _prefixes(self) -> Integers:
        """Return the prefix of each context; ``NONE`` where it does not occur often enough.

        Drop the newest symbol: the prefix of a context of k symbols is the context of k - 1 symbols
        whose suffix is the prefix of the context's own suffix, with the same oldest symbol.
        """
        parts: list[Integers] = [np.zeros(1, np.int64)]
        for length in range(1, len(self.levels)):
            if length == 1:
                parts.append(np.zeros(self.levels[1].stop - 1, np.int64))
                continue
            shorter = self.levels[length - 2].start
            above = parts[-1][self._trie.prefixes(length)]
            known = above != NONE
            found = self._trie.step(
                length - 1, np.where(known, above - shorter, NONE), self._trie.last_symbols(length)
            )
            parts.append(np.where(found >= 0, found + self.levels[length - 1].start, NONE))
        return np.concatenate(parts)

    def _oldest(self, ids: Integers) -> Integers:
        """Return the oldest symbol of each context; all have the same number of symbols, >= 1."""
        for length, level in enumerate(self.levels):
            if len(ids) and level.start <= ids[0] < level.stop:
                oldest: Integers = self._trie.last_symbols(length)[ids - level.start]
                return oldest
        return ids


def _parts(count: int, size: int = 1 << 16) -> Iterator[slice]:
    for at in range(0, count, size):
        yield slice(at, at + size)
