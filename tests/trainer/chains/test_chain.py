"""Tests of chains: states are longest suffixes, and every state can be reached."""

import math
from itertools import product

import numpy as np
import pytest

from namesmith.vocabulary import END
from namesmith_trainer.chains import Chain

Context = tuple[int, ...]
"""Symbols of a context, oldest first."""


def random_contexts(seed: int, vocab_size: int, longest: int) -> list[Context]:
    """Return the suffixes of random contexts in random order."""
    rng = np.random.default_rng(seed)
    found: set[Context] = {()}
    for _ in range(30):
        context = tuple(rng.integers(1, vocab_size, rng.integers(1, longest + 1)).tolist())
        if rng.random() < 0.5:
            context = (END, *context[1:])
        found |= {context[k:] for k in range(len(context))}
    return [sorted(found)[i] for i in rng.permutation(len(found))]


def random_chain(
    seed: int, vocab_size: int = 4, longest: int = 4
) -> tuple[Chain, dict[Context, np.ndarray]]:
    """Return a chain of random contexts, and the probabilities that each context was given."""
    contexts = random_contexts(seed, vocab_size, longest)
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(vocab_size), len(contexts))
    chain = Chain.from_contexts(contexts, probabilities)
    return chain, dict(zip(contexts, probabilities, strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_the_state_is_the_longest_suffix_that_can_be_walked(seed: int) -> None:
    """After every name the state is the longest suffix whose prefixes are contexts too."""
    chain, given = random_chain(seed)
    walkable = {
        context for context in given if all(context[:k] in given for k in range(len(context)))
    }
    for length in range(6):
        names = np.array([*product(range(1, 4), repeat=length)], np.int64)
        for name, state in zip(names.tolist(), chain.states_of(names), strict=True):
            history = (END, *name)
            suffixes = (history[k:] for k in range(len(history) + 1))
            assert chain.contexts[state] == next(s for s in suffixes if s in walkable)


@pytest.mark.parametrize("seed", range(20))
def test_states_are_ordered_and_can_all_be_reached(seed: int) -> None:
    """Contexts are ordered by length, then by symbols; the walk from the start meets every one."""
    chain, given = random_chain(seed)
    assert chain.contexts == sorted(chain.contexts, key=lambda context: (len(context), context))
    assert sum(chain.states_by_length) == len(chain.contexts)
    reached, new = set(), {chain.start}
    while new:
        reached |= new
        new = {int(s) for state in new for s in chain.successors[chain.rows[state]]} - reached
    assert reached == set(range(len(chain.contexts)))
    for context, row in zip(chain.contexts, chain.log_probs, strict=True):
        assert np.array_equal(row, np.log(given[context]).astype(np.float32))


@pytest.mark.parametrize("seed", range(20))
def test_the_end_leads_to_the_start_and_the_last_symbols_decide(seed: int) -> None:
    """After END comes the start; the last symbols, as many as the order, give the state."""
    chain, _ = random_chain(seed)
    assert (chain.successors[:, END] == chain.start).all()
    names = np.random.default_rng(seed).integers(1, 4, (200, 9))
    padded = np.pad(names, ((0, 0), (5, 0)))
    whole = chain.states_of(names)
    assert np.array_equal(chain.states_of(padded), whole)
    assert np.array_equal(chain.states_of(names[:, -chain.order :]), whole)


def test_states_without_longer_contexts_share_rows() -> None:
    """A chain of all contexts of up to 3 symbols has a row for each context of up to 2."""
    contexts = [
        context
        for length in range(4)
        for context in product(range(5), repeat=length)
        if END not in context[1:]
    ]
    chain = Chain.from_contexts(contexts, np.full((len(contexts), 5), 0.2))
    assert len(chain.successors) <= 1 + 5 + 20
    assert chain.log_probs.dtype == np.float32
    assert chain.rows.dtype == chain.successors.dtype == np.int32


def test_visits_are_expected_numbers_of_passages() -> None:
    """Each state is passed as often as its names say; the start once a name."""
    chain, _ = random_chain(3)
    visits = chain.visits()
    expected = np.zeros(len(visits))
    now = {chain.start: 1.0}
    for _ in range(400):
        after: dict[int, float] = {}
        for state, mass in now.items():
            expected[state] += mass
            for symbol in range(1, chain.vocab_size):
                state_after = int(chain.successors[chain.rows[state], symbol])
                share = mass * math.exp(chain.log_probs[state, symbol])
                after[state_after] = after.get(state_after, 0.0) + share
        now = after
    np.testing.assert_allclose(visits, expected, rtol=1e-6)


def test_contexts_behind_a_gap_are_left_out() -> None:
    """A context of two symbols whose first symbol is no context cannot be reached."""
    chain = Chain.from_contexts([(1, 2), (), (2, 1)], UNIFORM)
    assert chain.contexts == [()]
    assert (chain.order, chain.states_by_length, chain.start) == (0, [1], 0)


UNIFORM = np.full((3, 3), 1 / 3)
"""Probabilities of three contexts of three symbols."""


@pytest.mark.parametrize(
    ("contexts", "probabilities", "message"),
    [
        ([(), (1,), (1,)], UNIFORM, "stands twice"),
        ([(), (1,), (1, 2)], UNIFORM, "lacks its suffix"),
        ([(1,), (2,), (0,)], UNIFORM, "the empty context does not stand once"),
        ([(), (1,), (3,)], UNIFORM, "symbol out of range"),
        ([(), (1,), (1, 0)], UNIFORM, "a boundary behind another symbol"),
        ([(), (1,), (2,)], UNIFORM * 2, "do not sum to 1"),
        ([(), (1,), (2,)], UNIFORM * math.nan, "do not sum to 1"),
    ],
)
def test_contexts_that_make_no_chain_are_refused(
    contexts: list[Context], probabilities: np.ndarray, message: str
) -> None:
    """The error says what is wrong with the contexts or the probabilities."""
    with pytest.raises(ValueError, match=message):
        Chain.from_contexts(contexts, probabilities)
