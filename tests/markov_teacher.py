"""A teacher whose distribution depends on the last symbols alone, and names drawn at random."""

from collections import Counter
from itertools import pairwise

import numpy as np

from namesmith_trainer.chains import Integers, Reals
from namesmith_trainer.distillation.histories import HALVES, Distributions, Histories

Context = tuple[int, ...]
"""Symbols of a context, oldest first."""


class MarkovTeacher:
    """A teacher with a random distribution after every combination of its last symbols.

    Attributes:
        vocab_size: number of symbols V.
        order: number of the last symbols that matter.
        table: distribution after each combination, float32 [V^order, V].
        asked: the histories that were asked for, in order.
    """

    def __init__(self, seed: int, vocab_size: int, order: int) -> None:
        """Draw the distributions; a name ends after any symbol with a probability of 0.25."""
        rng = np.random.default_rng(seed)
        self.vocab_size, self.order = vocab_size, order
        drawn = rng.dirichlet(np.ones(vocab_size - 1), vocab_size**order)
        ends = np.full((len(drawn), 1), 0.25)
        self.table = np.concatenate([ends, 0.75 * drawn], 1).astype(np.float32)
        self.asked: list[Context] = []

    def __call__(self, histories: Integers) -> Distributions:
        """Return the distributions after histories [N, L], L >= order."""
        self.asked += map(tuple, histories.tolist())
        places = np.zeros(len(histories), np.int64)
        for k in range(self.order, 0, -1):
            places = places * self.vocab_size + histories[:, -k]
        return self.table[places]


def walked(names: list[list[int]], length: int) -> Integers:
    """Return the histories [N, length] that names pass through, symbol by symbol."""
    padded = [[0] * length + name for name in names]
    rows = [p[k : k + length] for p in padded for k in range(len(p) - length + 1)]
    return np.array(rows, np.int64).reshape(-1, length)


def random_histories(
    seed: int, vocab_size: int, length: int = 4, names: int = 60
) -> tuple[Histories, MarkovTeacher]:
    """Return the histories that random names pass through, each name in one half."""
    rng = np.random.default_rng(seed)
    teacher = MarkovTeacher(seed, vocab_size, min(length, 3))
    histories = Histories(teacher, length, vocab_size)
    for half in range(HALVES):
        drawn = [rng.integers(1, vocab_size, rng.integers(0, 7)).tolist() for _ in range(names)]
        histories.meet(walked(drawn, length), half, weight=half + 1.0)
    return histories, teacher


def endings(history: Context, longest: int) -> list[Context]:
    """Return the contexts that a history ends in, from the empty one on, up to a length.

    The boundary of a name stands in front of a context alone.
    """
    kept: list[Context] = []
    for length in range(longest + 1):
        context = history[len(history) - length :]
        if any(older and not newer for older, newer in pairwise(context)):
            break
        if len(context) > 1 and context[1] == 0:
            break
        kept.append(context)
    return kept


def occurrences(histories: Histories, longest: int) -> Counter[Context]:
    """Return how often each context of up to a length occurs."""
    found: Counter[Context] = Counter()
    totals: Reals = histories.counts.sum(0)
    for symbols, count in zip(histories.symbols.tolist(), totals.tolist(), strict=True):
        for context in endings(tuple(symbols), longest):
            found[context] += count
    return found
