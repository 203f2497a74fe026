"""Temperatures near 0: top names and distinct names, held to an exact enumeration in decimals.

Below a temperature of about 1e-9 a name's probability is that of its improbable symbols, which no
float and few decimals express. Its log-probability is a multiple of 1 / temperature, the names'
deficit, less the logs of the numbers of most probable symbols in its states.
"""

import math
from decimal import Decimal, localcontext
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumeration import SIZE, VOCABULARY, along, conditioned, name_of, table, words
from namesmith_server.engine import Constraint, Sampling, kinds
from namesmith_server.engine.markov import (
    ConditionedChain,
    GumbelRanking,
    ProbabilityRanking,
    best_names,
    count_above,
)

LONGEST = 4
EXACT = 1e-9
"""Largest relative difference from the enumeration."""

COLD = st.sampled_from([1e-9, 1e-100, 1e-149, 1e-151, 1e-199, 1e-250, 1e-300, 1e-310, 5e-324])


def log_probs(seed: int, temperature: float) -> dict[str, Decimal]:
    """Return the exact log-probability of each name."""
    with localcontext(prec=60):
        rows = []
        for row in table(seed).astype(float).tolist():
            most = max(row)
            ties = Decimal(sum(value == most for value in row)).ln()
            rows.append([(Decimal(v) - Decimal(most)) / Decimal(temperature) - ties for v in row])
        return {name_of(word): sum(along(rows, word), Decimal(0)) for word in words(LONGEST)}


def chain(seed: int, temperature: float) -> ConditionedChain:
    """Return the chain of all names of at most ``LONGEST`` characters."""
    return conditioned(seed, Sampling(temperature), Constraint((), 0, LONGEST))


def named(symbols: np.ndarray) -> list[str]:
    """Return the text of padded rows of symbols."""
    return [VOCABULARY.decode(tuple(row[row > 0].tolist())) for row in symbols]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 1000), COLD)
def test_top_names_are_in_the_order_of_the_enumeration(seed: int, temperature: float) -> None:
    """Every name is listed in its place, with its log-probability, or the least float."""
    expected = log_probs(seed, temperature)
    ranked = sorted(expected, key=lambda name: -expected[name])
    found = best_names(ProbabilityRanking(chain(seed, temperature)), 10_000)
    names = named(found.names)
    assert sorted(names) == sorted(ranked)
    least = -np.finfo(np.float64).max
    for told, listed, wanted in zip(found.log_probs, names, ranked, strict=True):
        assert float(expected[listed]) == pytest.approx(float(expected[wanted]), rel=1e-12)
        nearest = max(float(expected[listed]), least)
        assert told == pytest.approx(nearest, rel=EXACT, abs=EXACT)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), COLD, st.integers(0, 2**64 - 1))
def test_distinct_names_come_in_the_order_of_their_probability(
    seed: int, temperature: float, drawn: int
) -> None:
    """Names that are so far apart are drawn without replacement in one order."""
    expected = log_probs(seed, temperature)
    names = named(best_names(GumbelRanking(chain(seed, temperature)), 10_000, drawn).names)
    assert sorted(names) == sorted(expected)
    behind = [float(expected[name]) for name in names]
    for before, after in pairwise(behind):
        assert before >= after or before == pytest.approx(after, rel=1e-7, abs=100)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), COLD, st.integers(0, SIZE**LONGEST))
def test_names_above_a_floor_are_counted(seed: int, temperature: float, place: int) -> None:
    """The floor of a listed name counts the names that are listed up to it."""
    found = chain(seed, temperature)
    ranked = best_names(ProbabilityRanking(found), 10_000).log_probs
    floor = float(ranked[place % len(ranked)])
    if floor > -np.finfo(np.float64).max:
        assert count_above(found, floor, 10_000) == (ranked >= floor * (1 + 1e-12)).sum()


def test_names_of_equal_probability_keep_the_order_of_their_symbols() -> None:
    """Rows with two most probable symbols cost ln 2 at any temperature, and no more."""
    constraint = Constraint((), 1, 3, (kinds.Contains((2,)),))
    for temperature in (1e-150, 1e-200, 1e-300, 5e-324):
        found = conditioned(3, Sampling(temperature), constraint)
        warm = conditioned(3, Sampling(1e-140), constraint)
        names = best_names(ProbabilityRanking(found), 50).names.tolist()
        assert names == best_names(ProbabilityRanking(warm), 50).names.tolist()
        assert math.isfinite(found.expected_length)
        assert found.count == warm.count
