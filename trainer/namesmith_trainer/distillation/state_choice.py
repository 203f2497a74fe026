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

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from namesmith_trainer.chains import Integers, Reals
from namesmith_trainer.distillation.contexts import NONE, ContextTree
from namesmith_trainer.distillation.histories import HALVES

ROUNDS = 4
"""Number of choices, one after another; the fifth changes nothing that matters."""

PRIOR = 1.0
"""Number of occurrences of a context that weigh as much as its suffix's distribution."""

Flags = NDArray[np.bool_]


def choose_states(tree: ContextTree, most: int) -> Iterator[Flags]:
    """Choose at most ``most`` contexts; yield the choice, bool [C], of each round.

    The empty context is always chosen.
    """
    kept = _best(tree, _first_worth(tree), most)
    yield kept
    for _ in range(1, ROUNDS):
        kept = _best(tree, _worth(tree, kept), most)
        yield kept


def state_distributions(tree: ContextTree, kept: Flags) -> Reals:
    """Return the distribution of each kept context, float64 [S, V], in ascending order.

    It is the average of the teachers' distributions over the histories that fall to the context:
    their longest kept context is this one. A context with few or no such histories stays close to
    the average over all histories that end in it.
    """
    states, own = _own_sums(tree, kept)
    every = _smoothed_averages(tree, tree.sums.sum(0))[states]
    sums = own.sum(0) + PRIOR / 2 * every
    distributions: Reals = sums / sums.sum(1, keepdims=True)
    return distributions


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
    states, own = _own_sums(tree, kept)
    nearest = _nearest_kept(tree, kept)
    number: Integers = np.zeros(len(tree), np.int64)
    number[states] = np.arange(len(states))
    fallback = number[nearest[tree.suffixes]]  # (C,)
    worth: Reals = np.zeros(len(tree))
    for half in range(HALVES):
        other = (half + 1) % HALVES
        known = _fallen_back(tree, states, own[half], fallback)
        logs = np.log(known)
        for part in np.array_split(np.arange(1, len(tree)), -(-len(tree) // (1 << 16))):
            lower = fallback[part]
            summed = tree.sums[half, part] + PRIOR * known[lower]
            with_it = np.log(summed / summed.sum(1, keepdims=True))
            judged = tree.sums[other, part].copy()
            among = kept[part]
            with_it[among] = logs[number[part[among]]]
            judged[among] = own[other, number[part[among]]]
            worth[part] += _saved(judged, with_it, logs[lower])
    return worth


def _saved(judged: Reals, with_it: Reals, without: Reals) -> Reals:
    """Return the loss [N] that distributions save on weighed teachers' distributions [N, V]."""
    saved: Reals = np.einsum("cv,cv->c", judged, with_it - without)
    return saved


def _best(tree: ContextTree, worth: Reals, most: int) -> Flags:
    """Keep the contexts of the greatest worth, closed under suffixes and prefixes."""
    value = worth.copy()
    value[tree.prefixes == NONE] = -np.inf  # never reached
    for level in reversed(tree.levels[1:]):
        np.maximum.at(value, tree.suffixes[level], value[level])
        inside = tree.prefixes[level] != NONE
        np.maximum.at(value, tree.prefixes[level][inside], value[level][inside])
    value[0] = np.inf
    order = np.argsort(-value, kind="stable")  # a shorter context stands in front of an equal one
    kept = np.zeros(len(tree), bool)
    kept[order[:most]] = True
    return kept & (value > 0)


def _own_sums(tree: ContextTree, kept: Flags) -> tuple[Integers, Reals]:
    """Return the kept contexts, and their sums over the histories that fall to each of them."""
    states = np.flatnonzero(kept)
    number: Integers = np.zeros(len(tree), np.int64)
    number[states] = np.arange(len(states))
    return states, tree.sums_by(number[tree.longest_kept(kept)], len(states))


def _nearest_kept(tree: ContextTree, kept: Flags) -> Integers:
    """Return each context where it is kept, else its longest kept suffix, int64 [C]."""
    nearest: Integers = np.arange(len(tree))
    for level in tree.levels[1:]:
        nearest[level] = np.where(kept[level], nearest[level], nearest[tree.suffixes[level]])
    return nearest


def _smoothed_averages(tree: ContextTree, sums: Reals) -> Reals:
    """Return the distribution behind each context, [C, V]; a rare one's is near its suffix's."""
    averages = sums.copy()
    for i, level in enumerate(tree.levels):
        prior = averages[tree.suffixes[level]] if i else np.full((1, sums.shape[1]), 1e-9)
        averages[level] += PRIOR * prior
        averages[level] /= averages[level].sum(1, keepdims=True)
    return averages


def _fallen_back(tree: ContextTree, states: Integers, own: Reals, fallback: Integers) -> Reals:
    """Return the distribution of each state from one half, drawn to that of its kept suffix."""
    known = own.copy()
    known[0] += 1e-9
    known[0] /= known[0].sum()
    ends = np.searchsorted(states, [level.stop for level in tree.levels])
    for first, end in pairwise(ends.tolist()):
        known[first:end] += PRIOR * known[fallback[states[first:end]]]
        known[first:end] /= known[first:end].sum(1, keepdims=True)
    return known
