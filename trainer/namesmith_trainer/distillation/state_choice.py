"""The choice of states: the contexts that are worth most, as many as are allowed.

A context is worth the loss that it saves: the divergence of the distribution behind it from that of
the shorter context which would stand in for it, times how often that matters (relative-entropy
pruning: Stolcke 1998, arXiv cs/0006025; for automata Suresh, Roark, Riley, Schogol 2021, arXiv
1905.08701). Both are estimates from sampled names, and a context that a few names alone reach looks
better than it is. The names are therefore divided: distributions come from one half, the loss that
they save is measured on the other half, and the halves then change places.

The kept contexts are closed: with a context stand its suffix, which it falls back to, and its
prefix, from which it is reached. A context is therefore worth at least as much as every longer one
that needs it.

    1. worth against the suffix's average, as if all contexts were kept     -> the best are kept
    2. worth against the longest kept suffix, over the histories that would
       fall to the context, with the distributions of the kept states        -> the best are kept
    3. step 2 again: the distributions have changed with the choice
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from namesmith_trainer.chains import Integers, Reals
from namesmith_trainer.distillation.contexts import ContextTree, add_rows
from namesmith_trainer.distillation.histories import HALVES, parts

ROUNDS = 4
"""Number of choices, one after another; the fifth changes nothing that matters."""

PRIOR = 1.0
"""Number of occurrences of a context that weigh as much as its suffix's distribution."""

LEAST_WORTH = 0.01
"""Least worth of a context that is kept, in nats over all histories together; less is rounding, and
what ``PRIOR`` makes of two equal distributions."""

Flags = NDArray[np.bool_]
"""A choice of contexts: True for each context that is kept, bool [C]."""


@dataclass(frozen=True)
class Bounds:
    """The largest size of a chain.

    Attributes:
        states: largest number of states S, >= 1.
        numbers: largest number of log-probabilities, rows and successors together: S V + S + R V
            with R different rows of successors; the empty context stands all the same.
    """

    states: int
    numbers: float = math.inf


def choose_states(tree: ContextTree, bounds: Bounds) -> Iterator[Flags]:
    """Choose the contexts that are worth most; yield the choice, bool [C], of each round.

    The empty context is always chosen. A context that saves nothing against its suffix's average is
    never chosen: once all longer contexts of a suffix were kept, the suffix would have no histories
    of its own, and each of them would look indispensable beside it.
    """
    value = _closed(tree, _first_worth(tree))
    useless = value < LEAST_WORTH
    kept = _best(tree, value, bounds)
    yield kept
    for _ in range(1, ROUNDS):
        value = _closed(tree, np.where(useless, 0.0, _worth(tree, kept)))
        kept = _best(tree, value, bounds)
        yield kept


def state_distributions(tree: ContextTree, kept: Flags) -> Reals:
    """Return the distribution of each kept context, float64 [S, V], in ascending order.

    It is the average of the teachers' distributions over the histories that fall to the context:
    their longest kept context is this one. A context with few or no such histories stays close to
    the average over all histories that end in it.
    """
    choice = _Choice(tree, kept)
    every = _smoothed_averages(tree, tree.sums.sum(0))[choice.states]
    sums = choice.own.sum(0) + PRIOR / 2 * every
    distributions: Reals = sums / sums.sum(1, keepdims=True)
    return distributions


class _Choice:
    """A choice of contexts, and the sums over the histories that fall to each.

    Attributes:
        states: the kept contexts, ascending, [S].
        number: number of each context among the kept ones; of a context that is not kept the number
            of its longest kept suffix, [C].
        fallback: number of each context's longest kept proper suffix, [C].
        own: sum of the distributions after the histories whose longest kept context is this one, by
            half, float64 [HALVES, S, V].
    """

    def __init__(self, tree: ContextTree, kept: Flags) -> None:
        self.states = np.flatnonzero(kept)
        self.number: Integers = np.cumsum(kept) - 1
        for level in tree.levels[1:]:
            above = self.number[tree.suffixes[level]]
            self.number[level] = np.where(kept[level], self.number[level], above)
        self.fallback = self.number[tree.suffixes]
        self.own: Reals = np.zeros((HALVES, len(self.states), tree.vocab_size))
        for sums, own in zip(self.own, tree.own, strict=True):
            add_rows(sums, self.number, own)


def _first_worth(tree: ContextTree) -> Reals:
    """Return the worth of each context against its suffix's average, float64 [C]."""
    worth: Reals = np.zeros(len(tree))
    for half in range(HALVES):
        logs = np.log(_smoothed_averages(tree, tree.sums[half]))
        judged = tree.sums[(half + 1) % HALVES]
        worth += _saved(judged, logs, logs[tree.suffixes])
    return worth


def _worth(tree: ContextTree, kept: Flags) -> Reals:
    """Return the worth of each context beside the kept ones, float64 [C].

    A kept context is worth the loss on its own histories that its suffix would add; another context
    is worth the loss that it would save on all histories that end in it, for no kept context is
    longer.
    """
    choice = _Choice(tree, kept)
    worth: Reals = np.zeros(len(tree))
    for half in range(HALVES):
        other = (half + 1) % HALVES
        known = _fallen_back(tree, choice, half)
        logs = np.log(known)
        for part in parts(len(tree), tree.vocab_size):
            lower, among = choice.fallback[part], kept[part]
            summed = tree.sums[half, part] + PRIOR * known[lower]
            with_it = np.log(summed / summed.sum(1, keepdims=True))
            judged = tree.sums[other, part].copy()
            with_it[among] = logs[choice.number[part][among]]
            judged[among] = choice.own[other, choice.number[part][among]]
            worth[part] += _saved(judged, with_it, logs[lower])
    return worth


def _saved(judged: Reals, with_it: Reals, without: Reals) -> Reals:
    """Return the loss [N] that distributions save on weighed teachers' distributions [N, V]."""
    saved: Reals = np.einsum("cv,cv->c", judged, with_it - without)
    return saved


def _closed(tree: ContextTree, worth: Reals) -> Reals:
    """Return the greatest worth [C] of each context and of the longer ones that need it."""
    value = worth.copy()
    for level in reversed(tree.levels[1:]):
        np.maximum.at(value, tree.suffixes[level], value[level])
        np.maximum.at(value, tree.prefixes[level], value[level])
    value[0] = np.inf
    return value


def _best(tree: ContextTree, value: Reals, bounds: Bounds) -> Flags:
    """Keep the contexts of the greatest value, which are closed under suffixes and prefixes."""
    order = np.argsort(-value, kind="stable")  # a shorter context stands in front of an equal one
    most = min(bounds.states, np.count_nonzero(value >= LEAST_WORTH))
    fitting = np.count_nonzero(_numbers(tree, order) <= bounds.numbers)
    kept = np.zeros(len(tree), bool)
    kept[order[: max(1, min(most, fitting))]] = True
    return kept


def _numbers(tree: ContextTree, order: Integers) -> Integers:
    """Return the size of the chain of the first 1, 2, ... contexts in an order, in numbers, [C].

    A context has a row of successors of its own from the first context on whose prefix it is; the
    empty context always has one.
    """
    rank: Integers = np.empty(len(tree), np.int64)
    rank[order] = np.arange(len(tree))
    first = np.full(len(tree), len(tree))
    np.minimum.at(first, tree.prefixes, rank)  # the empty context is its own prefix
    rows = np.cumsum(np.bincount(first, minlength=len(tree) + 1)[:-1])
    states = np.arange(1, len(tree) + 1)
    sizes: Integers = (states + rows) * tree.vocab_size + states
    return sizes


def _smoothed_averages(tree: ContextTree, sums: Reals) -> Reals:
    """Return the distribution behind each context, [C, V]; a rare one's is near its suffix's."""
    averages = sums.copy()
    for i, level in enumerate(tree.levels):
        prior = averages[tree.suffixes[level]] if i else np.full((1, sums.shape[1]), 1e-9)
        averages[level] += PRIOR * prior
        averages[level] /= averages[level].sum(1, keepdims=True)
    return averages


def _fallen_back(tree: ContextTree, choice: _Choice, half: int) -> Reals:
    """Return the distribution of each state from one half, drawn to that of its kept suffix."""
    known: Reals = choice.own[half].copy()
    known[0] += 1e-9
    known[0] /= known[0].sum()
    ends = np.searchsorted(choice.states, [level.stop for level in tree.levels])
    for first, end in pairwise(ends.tolist()):
        known[first:end] += PRIOR * known[choice.fallback[choice.states[first:end]]]
        known[first:end] /= known[first:end].sum(1, keepdims=True)
    return known
