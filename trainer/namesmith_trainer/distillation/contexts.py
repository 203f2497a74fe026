"""``ContextTree``: the contexts that histories end in, and the teachers' distributions behind them.

The contexts are kept newest symbol first, so that the parent of a context in the tree is its
suffix: the context without its oldest symbol.

    ()                        every history
    ├── (a)                   histories that end in a
    │   ├── (n, a)            ... in na
    │   └── (^, a)            the beginning "a" of a name; nothing stands before it
    └── (b)
"""

import numpy as np
import torch

from namesmith.vocabulary import END
from namesmith_trainer.chains import Context, Integers, Reals, Trie
from namesmith_trainer.distillation.histories import HALVES, Histories, parts

LEAST_COUNT = 2.0
"""Least number of occurrences of a context that is kept: a rarer one is in one half alone."""

NONE = -1
"""Number that stands for no context."""

MAX_CELLS = 1 << 25
"""Largest number of probabilities behind all contexts together: 256 MiB for each half."""


class ContextTree:
    """Contexts of up to D symbols, shorter contexts first; context 0 is the empty one.

    With a context stand its suffix and its prefix, so that every context can be reached. A context
    occurs at least ``LEAST_COUNT`` times, or 2, 4, ... times as often where V is so large that the
    distributions would not fit in ``MAX_CELLS``.

    Attributes:
        suffixes: suffix of each context, the context without its oldest symbol, int64 [C]; of the
            empty context itself.
        prefixes: prefix of each context, the context without its newest symbol, int64 [C]; of the
            empty context itself.
        levels: the contexts of each number of symbols, from 0 on.
        own: sum of the distributions after the histories whose longest context is this one,
            weighed by the number of occurrences in each half, float64 [HALVES, C, V].
        sums: the same for all histories that end in each context, float64 [HALVES, C, V].
    """

    def __init__(self, histories: Histories, longest: int) -> None:
        """Find the contexts of up to ``longest`` symbols that occur in histories."""
        self.vocab_size = histories.probabilities.shape[1]
        least = LEAST_COUNT
        ends = self._find(histories, longest, least)
        while len(self) * self.vocab_size > MAX_CELLS:
            least *= 2
            ends = self._find(histories, longest, least)
        self.own = self._own(histories, ends)
        self.sums = self.own.copy()
        for level in reversed(self.levels[1:]):
            for sums in self.sums:
                add_rows(sums, self.suffixes[level], sums[level])

    def __len__(self) -> int:
        """Return the number of contexts, C."""
        return self.levels[-1].stop

    def symbols(self, chosen: Integers) -> list[Context]:
        """Return the symbols of contexts that are given in ascending order."""
        contexts: list[Context] = []
        for length, level in enumerate(self.levels):
            ids = chosen[(chosen >= level.start) & (chosen < level.stop)]
            rows = np.zeros((len(ids), length), np.int64)
            for k in range(length):  # the oldest symbol first
                shorter = length - k
                rows[:, k] = self._trie.last_symbols(shorter)[ids - self.levels[shorter].start]
                ids = self.suffixes[ids]
            contexts += map(tuple, rows.tolist())
        return contexts

    def _find(self, histories: Histories, longest: int, least: float) -> Integers:
        """Find the contexts that occur often enough; return the longest of each history, [U]."""
        self._trie = Trie(self.vocab_size)
        self.levels = [slice(0, 1)]
        self.suffixes: Integers = np.zeros(1, np.int64)
        self.prefixes: Integers = np.zeros(1, np.int64)
        occurrences = histories.counts.sum(0)
        ends: Integers = np.zeros(len(histories), np.int64)
        for _ in range(longest):
            self._grow(histories.symbols, occurrences, ends, least)
        return ends

    def _grow(self, symbols: Integers, occurrences: Reals, ends: Integers, least: float) -> None:
        """Add the contexts of one more symbol, and move the ends of histories to them.

        Args:
            symbols: symbols of each history, [U, L].
            occurrences: number of occurrences of each history, [U].
            ends: longest context so far of each history, [U]; changed in place.
            least: least number of occurrences of a context.
        """
        length, level, size = len(self.levels), self.levels[-1], self.vocab_size
        going = ends >= level.start
        if length > 1:  # a context that begins with the boundary has no longer one
            going &= symbols[:, 1 - length] != END
        inside = np.flatnonzero(going)
        keys, ids = np.unique(
            (ends[inside] - level.start) * size + symbols[inside, -length], return_inverse=True
        )
        suffixes, oldest = keys // size, keys % size
        prefixes = self._prefixes(suffixes + level.start, oldest)
        often = np.bincount(ids, occurrences[inside], len(keys)) >= least
        kept = often & (prefixes != NONE)
        self._trie.grow(suffixes[kept], oldest[kept])
        self.suffixes = np.concatenate([self.suffixes, suffixes[kept] + level.start])
        self.prefixes = np.concatenate([self.prefixes, prefixes[kept]])
        self.levels.append(slice(level.stop, len(self.suffixes)))
        new = level.stop - 1 + np.cumsum(kept)
        ends[inside[kept[ids]]] = new[ids[kept[ids]]]

    def _prefixes(self, suffixes: Integers, oldest: Integers) -> Integers:
        """Return the prefix of contexts of one more symbol; ``NONE`` for one that is not here.

        The prefix is the context of k - 1 symbols whose suffix is the prefix of the context's own
        suffix, with the same oldest symbol.
        """
        if len(self.levels) == 1:
            return np.zeros(len(suffixes), np.int64)
        length = len(self.levels) - 1
        above = self.prefixes[suffixes] - self.levels[length - 1].start
        found = self._trie.step(length, above, oldest)
        return np.where(found >= 0, found + self.levels[length].start, NONE)

    def _own(self, histories: Histories, ends: Integers) -> Reals:
        """Sum the distributions after the histories that have each longest context, by half."""
        own = np.zeros((HALVES, len(self), self.vocab_size))
        for sums, counts in zip(own, histories.counts, strict=True):
            for part in parts(len(ends), self.vocab_size):
                weighed = histories.probabilities[part] * counts[part, None]
                add_rows(sums, ends[part], weighed)
        return own


def add_rows(sums: Reals, groups: Integers, rows: Reals) -> None:
    """Add rows [N, V] to the sums [G, V] of their groups, 0 to G - 1, int64 [N]; in place."""
    torch.from_numpy(sums).index_add_(0, torch.from_numpy(groups), torch.from_numpy(rows))
