"""Beam search: top names, counts above a floor and distinct names equal the enumeration."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chi_square import assert_follows
from enumeration import CODEC, CONSTRAINTS, SAMPLINGS, conditioned, enumerated, exactly, reported
from namesmith_server.engine import Chain, Constraint, Sampling, kinds
from namesmith_server.engine.distributions import ProcessedTable
from namesmith_server.engine.markov import (
    ConditionedChain,
    GumbelRanking,
    ProbabilityRanking,
    best_names,
    count_above,
    free_trellis,
    packed_rows,
)

SEEDS = st.integers(0, 1000)

EXACT = 1e-9
"""Largest relative difference from the enumeration."""


def top_names(chain: ConditionedChain, count: int) -> list[tuple[str, float]]:
    """Return the most probable names and their log-probabilities."""
    names, log_probs, _ = best_names(ProbabilityRanking(chain), count)
    return list(zip(CODEC.decode(packed_rows(names)), log_probs.tolist(), strict=True))


def distinct_names(chain: ConditionedChain, count: int, seed: int) -> list[str]:
    """Return names drawn without replacement."""
    return CODEC.decode(packed_rows(best_names(GumbelRanking(chain), count, seed).names))


@settings(deadline=None, max_examples=50)
@given(SEEDS, SAMPLINGS, CONSTRAINTS, st.integers(1, 40))
def test_top_names_are_the_first_of_the_enumeration_sorted(
    seed: int, sampling: Sampling, constraint: Constraint, count: int
) -> None:
    """No name is missed, however improbable; all are listed where there are fewer."""
    expected = reported(seed, sampling, constraint)
    assume(expected)
    found = dict(top_names(conditioned(seed, sampling, constraint), count))
    assert len(found) == min(count, len(expected))
    told = np.array([expected[name] for name in found])
    assert list(found.values()) == pytest.approx(told, rel=1e-12, abs=EXACT)
    assert (np.diff(told) <= 2 * EXACT).all()
    left = [log_prob for name, log_prob in expected.items() if name not in found]
    assert max(left, default=-np.inf) <= told[-1] + 2 * EXACT


@settings(deadline=None, max_examples=50)
@given(SEEDS, CONSTRAINTS, st.integers(1, 40))
def test_untransformed_top_names_have_their_scores_to_the_last_digit(
    seed: int, constraint: Constraint, count: int
) -> None:
    """Names of equal scores are in the order of their symbols."""
    expected = reported(seed, Sampling(), constraint)
    assume(expected)
    ranked = sorted(expected.items(), key=lambda one: (-round(one[1], 9), one[0]))
    assert top_names(conditioned(seed, Sampling(), constraint), count) == ranked[:count]


def test_ties_are_in_the_order_of_their_symbols() -> None:
    """Names of one length tie where all symbols are equally probable."""
    flat = np.full((25, 5), np.log(0.2), dtype=np.float32)
    trellis = free_trellis(Chain.from_table(flat), 3)
    even = ConditionedChain(ProcessedTable(flat, Sampling()), trellis, (), 1)
    names = [name for name, _ in top_names(even, 1_000)]
    assert names == sorted(names, key=lambda name: (len(name), name))
    assert len(names) == 4 + 16 + 64
    assert [name for name, _ in top_names(even, 30)] == names[:30]


@settings(deadline=None, max_examples=50)
@given(SEEDS, SAMPLINGS, CONSTRAINTS, st.floats(0, 1), st.integers(0, 100))
def test_names_above_a_floor_are_counted(
    seed: int, sampling: Sampling, constraint: Constraint, share: float, most: int
) -> None:
    """The floor of a listed name counts that name too; the count stops one above the bound."""
    expected = reported(seed, sampling, constraint)
    assume(expected)
    found = conditioned(seed, sampling, constraint)
    ranked = [log_prob for _, log_prob in top_names(found, 10_000)]
    assert len(ranked) == len(expected)
    floor = ranked[int(share * (len(ranked) - 1))]
    above = sum(log_prob >= floor for log_prob in ranked)
    assert count_above(found, floor, 10_000) == above
    assert count_above(found, np.nextafter(max(ranked), 1), 10_000) == 0
    assert count_above(found, 10 * min(ranked) - 1, 10_000) == len(ranked)
    if all(log_prob == floor or abs(log_prob - floor) > 1e-8 for log_prob in ranked):
        assert count_above(found, floor, most) == min(above, most + 1)


def test_distinct_names_follow_successive_sampling() -> None:
    """Ordered triples of 5,000 draws without replacement; a false alarm in 10^6 (chi-square)."""
    constraint = Constraint((), 0, 2, (kinds.Pattern("a.?|b"),))
    chances = enumerated(3, Sampling(), constraint)
    found = conditioned(3, Sampling(), constraint)
    counts = Counter(tuple(distinct_names(found, 3, seed)) for seed in range(5_000))
    total = sum(chances.values())
    expected = {}
    for triple in permutations(chances, 3):
        one, two, three = (chances[name] for name in triple)
        expected[triple] = one / total * two / (total - one) * three / (total - one - two)
    assert_follows(counts, expected)


@settings(deadline=None, max_examples=50)
@given(SEEDS, SAMPLINGS, CONSTRAINTS, st.integers(1, 50), st.integers(0, 2**64 - 1))
def test_distinct_names_are_distinct_and_in_the_end_all(
    seed: int, sampling: Sampling, constraint: Constraint, count: int, drawn: int
) -> None:
    """Each name is admitted, fewer names begin more, and no name is left out, however rare."""
    expected = exactly(seed, sampling, constraint)
    assume(expected)
    found = conditioned(seed, sampling, constraint)
    names = distinct_names(found, count, drawn)
    assert len(names) == len(set(names)) == min(count, len(expected))
    everything = distinct_names(found, 10_000, drawn)
    assert set(everything) == set(expected)
    assert everything[:count] == names
