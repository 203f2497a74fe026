"""Tests of the choice of states: closed, bounded, exact where the teacher is a chain itself."""

import math
from itertools import pairwise

import numpy as np
import pytest

from markov_teacher import MarkovTeacher, random_histories
from namesmith_trainer.chains import Chain, Reals
from namesmith_trainer.distillation.contexts import ContextTree
from namesmith_trainer.distillation.histories import Histories, sample_names
from namesmith_trainer.distillation.state_choice import (
    ROUNDS,
    Bounds,
    Flags,
    choose_states,
    state_distributions,
)

MANY = 100_000
"""A bound that leaves nothing out."""


def sampled(teacher: MarkovTeacher, names: int, length: int = 6) -> Histories:
    """Return the histories of names that were sampled from a teacher."""
    histories = Histories(teacher, length, teacher.vocab_size)
    for _ in sample_names(histories, names, seed=1):
        pass
    return histories


def chosen(tree: ContextTree, bounds: Bounds) -> Flags:
    """Return the last choice."""
    return [*choose_states(tree, bounds)][-1]


def chain_of(tree: ContextTree, kept: Flags) -> Chain:
    """Return the chain of some contexts."""
    contexts = tree.symbols(np.flatnonzero(kept))
    return Chain.from_contexts(contexts, state_distributions(tree, kept))


def divergence(histories: Histories, chain: Chain) -> float:
    """Return KL(teacher | chain) in nats a symbol, over the histories by their counts."""
    taught = histories.probabilities.astype(np.float64)
    logs: Reals = np.log(taught) - chain.log_probs[chain.states_of(histories.symbols)]
    return float(np.average((taught * logs).sum(1), weights=histories.counts.sum(0)))


def numbers(chain: Chain) -> int:
    """Return how many numbers a chain has."""
    return chain.log_probs.size + chain.rows.size + chain.successors.size


@pytest.mark.parametrize("most", [1, 2, 5, 17, 60, MANY])
@pytest.mark.parametrize("seed", range(4))
def test_each_choice_is_closed_and_bounded(seed: int, most: int) -> None:
    """In every round: suffixes and prefixes stand beside a context, and the empty context."""
    tree = ContextTree(random_histories(seed, 4)[0], 3)
    rounds = [*choose_states(tree, Bounds(most))]
    assert len(rounds) == ROUNDS
    for kept in rounds:
        contexts = set(tree.symbols(np.flatnonzero(kept)))
        assert () in contexts
        assert len(contexts) <= most
        assert all(c[1:] in contexts and c[:-1] in contexts for c in contexts)


def test_a_choice_is_always_the_same() -> None:
    """Two trees of the same histories give the same choice and distributions, bit for bit."""
    kept, distributions = [], []
    for _ in range(2):
        tree = ContextTree(random_histories(3, 5)[0], 3)
        kept.append(chosen(tree, Bounds(40)))
        distributions.append(state_distributions(tree, kept[-1]))
    assert (kept[0] == kept[1]).all()
    assert (distributions[0] == distributions[1]).all()


@pytest.mark.parametrize("seed", range(4))
def test_every_distribution_sums_to_one(seed: int) -> None:
    """For random flags too, closed or not, in which the empty context stands."""
    tree = ContextTree(random_histories(seed, 5)[0], 3)
    kept = np.random.default_rng(seed).random(len(tree)) < 0.5
    kept[0] = True
    assert state_distributions(tree, kept).sum(1) == pytest.approx(1)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_a_teacher_that_is_a_chain_is_recovered(order: int) -> None:
    """KL below 1e-6 nats, and hardly a context is kept that the teacher does not look at."""
    histories = sampled(MarkovTeacher(5, 5, order), 100_000)
    tree = ContextTree(histories, 4)
    chain = chain_of(tree, chosen(tree, Bounds(MANY)))
    assert abs(divergence(histories, chain)) < 1e-6
    needed = sum(4**k for k in range(order + 1)) + sum(4**k for k in range(order))  # with (^, ...)
    assert len(chain.rows) <= 1.1 * needed


@pytest.mark.parametrize("seed", range(3))
def test_more_states_are_never_worse(seed: int) -> None:
    """KL falls with the bound, up to 1e-4 nats: the halves' noise in what a context is worth."""
    histories = sampled(MarkovTeacher(seed, 5, 4), 20_000)
    tree = ContextTree(histories, 5)
    found = [
        divergence(histories, chain_of(tree, chosen(tree, Bounds(most))))
        for most in (1, 6, 20, 60, 200, 600)
    ]
    assert all(more <= fewer + 1e-4 for fewer, more in pairwise(found))
    assert found[-1] < 0.2 * found[0]


def test_the_choice_beats_the_most_frequent_contexts() -> None:
    """A context is chosen by the loss it saves: at the same size the KL is lower."""
    histories = sampled(MarkovTeacher(8, 5, 3), 50_000)
    tree = ContextTree(histories, 4)
    frequent = np.zeros(len(tree), bool)
    frequent[np.argsort(-tree.sums.sum((0, 2)), kind="stable")[:60]] = True
    by_worth = divergence(histories, chain_of(tree, chosen(tree, Bounds(60))))
    assert by_worth < divergence(histories, chain_of(tree, frequent))


@pytest.mark.parametrize("share", [0.1, 0.35, 0.8])
def test_the_bound_on_numbers_is_kept_and_used(share: float) -> None:
    """The chain is at most as large as is allowed, and one more context would not fit."""
    tree = ContextTree(sampled(MarkovTeacher(2, 5, 3), 20_000), 4)
    whole = numbers(chain_of(tree, chosen(tree, Bounds(MANY))))
    bound = share * whole
    kept = chosen(tree, Bounds(MANY, bound))
    chain = chain_of(tree, kept)
    unreachable = np.count_nonzero(kept) - len(chain.rows)  # longer contexts stand for them
    of_one = 2 * tree.vocab_size + 1
    assert bound - (1 + unreachable) * of_one <= numbers(chain) <= bound


def test_a_bound_that_nothing_fits_keeps_the_empty_context() -> None:
    """One state stands always: a chain without states is none."""
    tree = ContextTree(random_histories(1, 4)[0], 3)
    assert np.flatnonzero(chosen(tree, Bounds(MANY, 0.0))).tolist() == [0]
    assert np.flatnonzero(chosen(tree, Bounds(MANY, -math.inf))).tolist() == [0]


def test_a_tree_of_the_empty_context_alone_gives_its_average() -> None:
    """Names too few for any context still make a chain."""
    histories = Histories(MarkovTeacher(1, 5, 1), 3, 5)
    histories.meet(np.array([[0, 0, 1]]), 1)
    tree = ContextTree(histories, 3)
    chain = chain_of(tree, chosen(tree, Bounds(MANY)))
    assert len(chain.rows) == 1
    assert np.exp(chain.log_probs[0]) == pytest.approx(histories.probabilities[0], abs=1e-6)
