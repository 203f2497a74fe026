"""Interpolated modified Kneser-Ney smoothing with the end symbol.

S. F. Chen, J. Goodman: An empirical study of smoothing techniques for language modeling, Computer
Speech and Language 13 (1999), section 3. For a context h of k symbols and a symbol w,

    P(w | h) = (c(h w) - D(c(h w))) / c(h .)  +  g(h) P(w | h')

where h' is h without its oldest symbol, g(h) is the mass that the discounts D take away, divided
by c(h .), and below the empty context stands the uniform distribution. c counts occurrences in the
longest contexts and in contexts that begin with the boundary of a name, which nothing can stand
before; elsewhere it counts the different symbols before h w (continuation counts). D has three
values for each length, of counts of 1, 2, and 3 or more. With n1 to n4 counts of 1 to 4,

    Y = n1 / (n1 + 2 n2),  D1 = 1 - 2 Y n2 / n1,  D2 = 2 - 3 Y n3 / n2,  D3 = 3 - 4 Y n4 / n3.

Where names have weights, c sums weights, and the discount of an n-gram is that of its occurrences n
in the list of names, each of which has the mean weight: D(n(h w)) c(h w) / n(h w), with n1 to n4
counted of n. A heavy name is one name: how many other names are missing, its weight does not say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from namesmith.vocabulary import END
from namesmith_trainer.chains.arrays import Integers, Reals
from namesmith_trainer.chains.chain import Chain, Context
from namesmith_trainer.chains.trie import Trie

FALLBACK = (0.5, 1.0, 1.5)
"""Discounts of a length whose counts of counts give none (as KenLM's ``--discount_fallback``)."""


@dataclass(frozen=True)
class _Level:
    """The contexts of one length k, by their ids in the trie.

    Attributes:
        seen: how often each context stands in the training data, whatever the weights, int64 [C].
        firsts: first of each context's entries in ``symbols`` and ``shares``, int64 [C + 1].
        symbols: next symbols that were seen, context by context, int64 [P].
        shares: (c - D(c)) / c(h .) of each, float64 [P].
        lower: weight g of the next shorter context's distribution, float64 [C].
    """

    seen: Integers
    firsts: Integers
    symbols: Integers
    shares: Reals
    lower: Reals

    def interpolate(self, probabilities: Reals, ids: Integers) -> None:
        """Replace the lower distributions [B, V] by this level's, for the ids >= 0 of contexts."""
        known = np.flatnonzero(ids >= 0)
        contexts = ids[known]
        probabilities[known] *= self.lower[contexts, None]
        first, count = self.firsts[contexts], np.diff(self.firsts)[contexts]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        places = np.repeat(first, count) + within
        probabilities[np.repeat(known, count), self.symbols[places]] += self.shares[places]


class KneserNey:
    """A counted model.

    Attributes:
        order: number of symbols of an n-gram: the longest context and the symbol after it.
        vocab_size: number of symbols V.
    """

    def __init__(self, trie: Trie, levels: Sequence[_Level]) -> None:
        """Keep the contexts, in the trie newest symbol first, and the counts of each length."""
        self.order, self.vocab_size = len(levels), trie.vocab_size
        self._trie, self._levels = trie, levels

    @classmethod
    def fit(
        cls,
        histories: Integers,
        targets: Integers,
        vocab_size: int,
        order: int,
        weights: Integers | None = None,
    ) -> Self:
        """Count the contexts of the training data.

        Args:
            histories: symbols before each target, oldest first, padded with 0 in front: int64
                [N, L], L >= order - 1, N >= 1.
            targets: int64 [N].
            vocab_size: number of symbols V.
            order: number of symbols of an n-gram, >= 1.
            weights: weight of each target, [N], >= 1, of a sum below 2^53. Their unit does not
                matter. None: each weighs as much.
        """
        trie = Trie(vocab_size)
        if weights is None:
            weights = np.ones(len(targets), np.int64)
        ids: Integers = np.zeros(len(targets), np.int64)
        inside = np.arange(len(targets))
        counted = [_count(ids, targets, weights, vocab_size)]
        for k in range(1, order):
            if k > 1:  # a context that begins with the boundary has no longer one
                going = histories[inside, -(k - 1)] != END
                ids, inside = ids[going], inside[going]
            ids = trie.grow(ids, histories[inside, -k])
            counted.append(_count(ids, targets[inside], weights[inside], vocab_size))
        return cls(trie, [_level(trie, counted, k) for k in range(order)])

    def probabilities(self, histories: Integers) -> Reals:
        """Return P(next symbol | history), float64 [B, V]; every symbol has a probability above 0.

        Args:
            histories: as in ``fit``, int64 [B, L], L >= order - 1.
        """
        return self._interpolated(self._ids(histories))

    def counts(self, histories: Integers) -> Integers:
        """Return how often each suffix of a history, of 0 to order - 1 symbols, was seen: int64.

        A suffix that reaches over the name's beginning was seen as often as the beginning.

        Args:
            histories: as in ``fit``, int64 [B, L], L >= order - 1.

        Returns:
            int64 [B, order], which falls from left to right.
        """
        found = np.zeros((len(histories), self.order), np.int64)
        for k, ids in enumerate(self._ids(histories)):
            known = ids >= 0
            found[known, k] = self._levels[k].seen[ids[known]]
            if k > 1:
                over = histories[:, -(k - 1)] == END
                found[over, k] = found[over, k - 1]
        return found

    def chain(self, most: int | None = None) -> Chain:
        """Return the chain whose states are the contexts that were seen.

        Its distributions are those of ``probabilities``, rounded to float32, unless contexts are
        left out; a history then has the distribution of its longest suffix that was kept.

        Args:
            most: largest number of states; the contexts seen most often are kept, of contexts
                seen equally often the shorter ones. None keeps all.
        """
        ids = [np.arange(len(level.seen)) for level in self._levels]
        kept = self._kept(most)
        contexts: list[Context] = []
        parts = []
        symbols: Integers = np.zeros((1, 0), np.int64)  # newest first
        above: list[Integers] = []
        for k in range(self.order):
            if k:
                prefixes = self._trie.prefixes(k)
                symbols = np.column_stack([symbols[prefixes], self._trie.last_symbols(k)])
                above = [one[prefixes] for one in above]
            above = [*above, ids[k]]
            contexts += map(tuple, symbols[kept[k], ::-1].tolist())
            parts.append(self._interpolated([one[kept[k]] for one in above]))
        return Chain.from_contexts(contexts, np.concatenate(parts))

    def _kept(self, most: int | None) -> list[Integers]:
        """Return the ids of the contexts of each length that ``chain`` keeps."""
        seen = np.concatenate([level.seen for level in self._levels])
        order = np.argsort(-seen, kind="stable")  # shorter contexts stand in front
        chosen = np.zeros(len(seen), bool)
        chosen[order[:most]] = True
        ends = np.cumsum([len(level.seen) for level in self._levels])
        return [np.flatnonzero(part) for part in np.split(chosen, ends[:-1])]

    def _ids(self, histories: Integers) -> list[Integers]:
        """Return the id of each history's suffix of each length, int64 [B]; -1 for one not seen."""
        ids: list[Integers] = [np.zeros(len(histories), np.int64)]
        for k in range(1, self.order):
            ids.append(self._trie.step(k, ids[-1], histories[:, -k]))
        return ids

    def _interpolated(self, ids: Sequence[Integers]) -> Reals:
        """Return the distributions [B, V] of contexts given by the ids of their suffixes [B]."""
        probabilities = np.full((len(ids[0]), self.vocab_size), 1 / self.vocab_size)
        for level, of_level in zip(self._levels, ids, strict=False):
            level.interpolate(probabilities, of_level)
        return probabilities


@dataclass(frozen=True)
class _Counted:
    """The n-grams of one length of context.

    Attributes:
        contexts: context of each n-gram, int64 [P], ascending.
        symbols: symbol of each n-gram, int64 [P].
        counts: number of occurrences of each n-gram, int64 [P].
        weights: sum of the weights of the occurrences, float64 [P].
    """

    contexts: Integers
    symbols: Integers
    counts: Integers
    weights: Reals


def _count(ids: Integers, targets: Integers, weights: Integers, vocab_size: int) -> _Counted:
    keys, of_each = np.unique(ids * vocab_size + targets, return_inverse=True)
    summed = np.bincount(of_each, weights).astype(np.float64)
    return _Counted(keys // vocab_size, keys % vocab_size, np.bincount(of_each), summed)


def _level(trie: Trie, counted: Sequence[_Counted], k: int) -> _Level:
    """Return the level of contexts of k symbols."""
    now, size = counted[k], len(trie.keys[k])
    counts, weights = now.counts, now.weights
    if k + 1 < len(counted):
        longer = counted[k + 1]
        keys = trie.prefixes(k + 1)[longer.contexts] * trie.vocab_size + longer.symbols
        places = np.searchsorted(now.contexts * trie.vocab_size + now.symbols, keys)
        different = np.bincount(places, minlength=len(counts))  # symbols before the n-gram
        begins = trie.last_symbols(k)[now.contexts] == END if k else np.zeros(len(counts), bool)
        counts = np.where(begins, counts, different)
        weights = np.where(begins, weights, different)
    taken = np.minimum(_discounts(counts)[np.minimum(counts, 3)], counts) * (weights / counts)
    totals = np.bincount(now.contexts, weights, size)
    return _Level(
        seen=np.bincount(now.contexts, now.counts, size).astype(np.int64),
        firsts=np.searchsorted(now.contexts, np.arange(size + 1)),
        symbols=now.symbols,
        shares=(weights - taken) / totals[now.contexts],
        lower=np.bincount(now.contexts, taken, size) / totals,
    )


def _discounts(counts: Integers) -> Reals:
    """Return the discounts of counts 0, 1, 2, and 3 or more: float64 [4]."""
    n1, n2, n3, n4 = np.bincount(np.minimum(counts, 5), minlength=6)[1:5].tolist()
    if n1 and n2 and n3:
        y = n1 / (n1 + 2 * n2)
        found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
        if all(0 < discount <= i for i, discount in enumerate(found, start=1)):
            return np.array([0.0, *found])
    return np.array([0.0, *FALLBACK])
