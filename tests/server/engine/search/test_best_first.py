"""Best-first search: top names and counts above a floor equal the enumeration and a chain's."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from enumeration import (
    CODEC,
    COMPILER,
    CONSTRAINTS,
    SAMPLINGS,
    SIZE,
    conditioned,
    reported,
    table,
)
from namesmith_server.backends.base import Contexts, LogProbs
from namesmith_server.engine import Constraint, Sampling, kinds
from namesmith_server.engine.constraints import BoundedDfa
from namesmith_server.engine.markov import ProbabilityRanking, best_names, packed_rows
from namesmith_server.engine.search import (
    Found,
    NextSymbols,
    best_first,
    count_above,
    most_probable,
)

SEEDS = st.integers(0, 1000)

EXACT = 1e-9
"""Largest relative difference from the enumeration."""

WIDE = Constraint((), 0, 6)
"""A constraint that admits thousands of names."""


def network(seed: int, sampling: Sampling) -> NextSymbols:
    """Return the small model as a function from contexts of two symbols to log-probabilities."""
    rows = table(seed)

    def log_probs(contexts: Contexts) -> LogProbs:
        return rows[contexts @ [SIZE, 1]]

    return NextSymbols(log_probs, 2, sampling)


def bounded(constraint: Constraint) -> BoundedDfa:
    """Return the names that a constraint admits."""
    prefix, min_length, max_length, content = constraint
    return BoundedDfa(COMPILER.compile(content, max_length), prefix, min_length, max_length)


def listed(found: Found) -> list[tuple[str, float]]:
    """Return the names that were found, with their log-probabilities."""
    names = CODEC.decode(packed_rows(found.names))
    return list(zip(names, found.log_probs.tolist(), strict=True))


@settings(deadline=None, max_examples=60)
@given(SEEDS, SAMPLINGS, CONSTRAINTS, st.integers(1, 40))
def test_top_names_are_the_first_of_the_enumeration_sorted(
    seed: int, sampling: Sampling, constraint: Constraint, count: int
) -> None:
    """No name is missed, however improbable; all are listed where there are fewer."""
    expected = reported(seed, sampling, constraint)
    found = most_probable(network(seed, sampling), bounded(constraint), count)
    names = dict(listed(found))
    assert not found.budget_ended
    assert len(names) == min(count, len(expected))
    told = np.array([expected[name] for name in names])
    assert list(names.values()) == pytest.approx(told, rel=1e-12, abs=EXACT)
    assert (np.diff(told) <= 2 * EXACT).all()
    left = [log_prob for name, log_prob in expected.items() if name not in names]
    assert max(left, default=-np.inf) <= min(told, default=np.inf) + 2 * EXACT


@settings(deadline=None, max_examples=50)
@given(SEEDS, CONSTRAINTS, st.integers(1, 40))
def test_untransformed_top_names_are_those_of_the_chain_to_the_last_digit(
    seed: int, constraint: Constraint, count: int
) -> None:
    """Served as a network, a chain has the same names in the same order, ties too."""
    chain = conditioned(seed, Sampling(), constraint)
    assume(chain.is_possible)
    names, log_probs, _ = best_names(ProbabilityRanking(chain), count)
    expected = list(zip(CODEC.decode(packed_rows(names)), log_probs.tolist(), strict=True))
    found = most_probable(network(seed, Sampling()), bounded(constraint), count)
    assert listed(found) == expected


def test_ties_are_in_the_order_of_their_symbols() -> None:
    """Names of one length tie where all symbols are equally probable."""
    flat = np.full(SIZE, np.log(1 / SIZE), dtype=np.float32)
    even = NextSymbols(lambda contexts: np.tile(flat, (len(contexts), 1)), 2, Sampling())
    names = [name for name, _ in listed(most_probable(even, bounded(Constraint((), 1, 3)), 1_000))]
    assert names == sorted(names, key=lambda name: (len(name), name))
    assert len(names) == 4 + 16 + 64
    few = most_probable(even, bounded(Constraint((), 1, 3)), 30)
    assert [name for name, _ in listed(few)] == names[:30]


@settings(deadline=None, max_examples=50)
@given(SEEDS, SAMPLINGS, CONSTRAINTS, st.floats(0, 1), st.integers(0, 100))
def test_names_above_a_floor_are_counted(
    seed: int, sampling: Sampling, constraint: Constraint, share: float, most: int
) -> None:
    """The floor of a listed name counts that name too; the count stops one above the bound."""
    model, admitted = network(seed, sampling), bounded(constraint)
    ranked = [log_prob for _, log_prob in listed(most_probable(model, admitted, 10_000))]
    assume(ranked)
    floor = ranked[int(share * (len(ranked) - 1))]
    above = sum(log_prob >= floor for log_prob in ranked)
    assert count_above(model, admitted, floor, 10_000) == (above, False)
    assert count_above(model, admitted, np.nextafter(max(ranked), 1), 10_000) == (0, False)
    assert count_above(model, admitted, 10 * min(ranked) - 1, 10_000) == (len(ranked), False)
    assert count_above(model, admitted, floor, most) == (min(above, most + 1), False)


@pytest.mark.parametrize("budget", [1, 40, 200, 700])
def test_a_search_that_ends_with_its_budget_tells_the_names_that_are_certain(
    budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They begin the whole list, they are more with a larger budget, and the answer says so."""
    everything = listed(most_probable(network(3, Sampling()), bounded(WIDE), 10_000))
    monkeypatch.setattr(best_first, "MAX_EXPANDED_PREFIXES", budget)
    found = most_probable(network(3, Sampling()), bounded(WIDE), 10_000)
    assert found.budget_ended
    assert listed(found) == everything[: len(found.names)]
    assert (len(found.names) > 0) == (budget > 1)
    above, ended = count_above(network(3, Sampling()), bounded(WIDE), -100.0, 10_000)
    assert ended
    assert len(found.names) <= above < len(everything)


def test_prefixes_that_no_admitted_name_begins_with_are_not_expanded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The budget of one way to the only name suffices, however improbable the name."""
    monkeypatch.setattr(best_first, "MAX_EXPANDED_PREFIXES", 7)
    only = Constraint((), 6, 6, (kinds.Pattern("(a|b)*d{5}|[a-d]{0,5}"), kinds.Pattern("ad*")))
    found = most_probable(network(3, Sampling()), bounded(only), 5)
    assert [name for name, _ in listed(found)] == ["addddd"]
    assert not found.budget_ended
