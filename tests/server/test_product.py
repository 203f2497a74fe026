"""Exact answers, each held to the enumeration of all names of a small model."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from namesmith_server.engine.automaton import Automaton
from namesmith_server.engine.chain import FLOOR
from namesmith_server.engine.compiled import compiled_product_walk
from namesmith_server.engine.layers import layers
from namesmith_server.engine.parameters import Constraint, Language, Order, Sampling
from namesmith_server.engine.product import Product
from namesmith_server.engine.ranking import Drawing, MostProbable
from namesmith_server.engine.search import count_above, search
from namesmith_server.engine.stream import Stream
from namesmith_server.engine.transformed import Transformed
from namesmith_server.engine.walk import in_lockstep, joined
from scipy.stats import chi2

from enumeration import (
    ADMITTED,
    CODEC,
    CONSTRAINTS,
    SAMPLINGS,
    VOCABULARY,
    enumerated,
    exactly,
    product,
    reported,
)
from namesmith_server.engine import frames
from namesmith_server.engine.errors import TooComplexError, TooRareError, UnsatisfiableError

SEEDS = st.integers(0, 1000)
EXACT = 1e-9
"""Largest relative difference from the enumeration."""

FALSE_ALARM = 1e-6
"""Of each statistical test, when everything is right."""

LIKELY = Constraint((), 0, 5, Language((), (1,), "[ab].*(c|d|a)*", ((1, 3),), novel=True))


def names_of(stream: Stream) -> list[str]:
    """Return the names of a stream."""
    return CODEC.names(stream)


def chi_square(expected: list[float], counts: list[int]) -> tuple[float, int]:
    """Pearson's statistic and its degrees of freedom; cells expected below 5 are pooled."""
    large = [(e, n) for e, n in zip(expected, counts, strict=True) if e >= 5]
    rest = [(e, n) for e, n in zip(expected, counts, strict=True) if e < 5]
    pooled = sum(e for e, _ in rest), sum(n for _, n in rest)
    if pooled[0] < 5:
        pooled = pooled[0] + large[-1][0], pooled[1] + large.pop()[1]
    large.append(pooled)
    return sum((n - e) ** 2 / e for e, n in large), len(large) - 1


@settings(max_examples=300)
@given(SEEDS, SAMPLINGS, CONSTRAINTS)
def test_probability_length_and_count_are_those_of_the_enumeration(
    seed: int, sampling: Sampling, constraint: Constraint
) -> None:
    """Of random constraints under random samplings, within 1e-9 relative, however improbable."""
    expected = exactly(seed, sampling, constraint)
    found = product(seed, sampling, constraint)
    assert found.possible == bool(expected)
    if expected:
        total = sum(expected.values())
        assert found.log_probability == pytest.approx(float(total.ln()), rel=1e-12, abs=EXACT)
        length = sum(len(name) * p for name, p in expected.items()) / total
        assert found.expected_length == pytest.approx(float(length), rel=EXACT)
        assert found.count == len(expected)


@settings(max_examples=100)
@given(SEEDS, SAMPLINGS, CONSTRAINTS)
def test_each_name_is_drawn_with_its_conditional_probability(
    seed: int, sampling: Sampling, constraint: Constraint
) -> None:
    """The forward walk's own probabilities, multiplied along each name, within 1e-9 relative.

    What is drawn once in 10^20 need not be drawn at all.
    """
    expected = exactly(seed, sampling, constraint)
    found = product(seed, sampling, constraint)
    assume(expected and found.likely)
    total = sum(expected.values())
    some = list(expected.items())[:: len(expected) // 50 + 1]
    for name, probability in some:
        state, walked = np.zeros(1, dtype=np.int32), 1.0
        for position, symbol in enumerate([*VOCABULARY.encode(name), 0]):
            if position < found.first or not walked:
                continue
            weights = found.probabilities(position, state)
            weights *= found.future(found.success, position, state, 1)
            walked *= weights[0, symbol] / weights.sum()
            state = found.advance(position, state, np.array([symbol]))
        assert walked == pytest.approx(float(probability / total), rel=EXACT, abs=1e-20)


@settings(max_examples=300)
@given(SEEDS, SAMPLINGS, CONSTRAINTS, st.integers(1, 40))
def test_top_names_are_the_first_of_the_enumeration_sorted(
    seed: int, sampling: Sampling, constraint: Constraint, count: int
) -> None:
    """None is missed, however improbable; log-probabilities to within rounding; all, if fewer."""
    expected = reported(seed, sampling, constraint)
    assume(expected)
    found = dict(search_top(product(seed, sampling, constraint), count))
    assert len(found) == min(count, len(expected))
    told = np.array([expected[name] for name in found])
    assert list(found.values()) == pytest.approx(told, rel=1e-12, abs=EXACT)
    assert (np.diff(told) <= 2 * EXACT).all()
    left = [log_prob for name, log_prob in expected.items() if name not in found]
    assert max(left, default=-np.inf) <= told[-1] + 2 * EXACT


@settings(max_examples=100)
@given(SEEDS, CONSTRAINTS, st.integers(1, 40))
def test_top_names_are_told_as_they_are_scored_and_ties_in_the_order_of_their_symbols(
    seed: int, constraint: Constraint, count: int
) -> None:
    """Where nothing is transformed, to the last digit."""
    expected = reported(seed, Sampling(), constraint)
    assume(expected)
    ranked = sorted(expected.items(), key=lambda one: (-round(one[1], 9), one[0]))
    assert search_top(product(seed, Sampling(), constraint), count) == ranked[:count]


def search_top(found: Product, count: int) -> list[tuple[str, float]]:
    """Names and log-probabilities."""
    names, log_probs = search(MostProbable(found), count)
    return list(zip(names_of(joined(names)), log_probs.tolist(), strict=True))


def test_ties_are_in_the_order_of_their_symbols() -> None:
    """Under a temperature that makes all symbols equal, names of a length tie."""
    flat = np.full((25, 5), np.log(0.2), dtype=np.float32)
    constraint = Constraint((), 1, 3)
    even = Product(Transformed(flat, Sampling()), ADMITTED.automaton(constraint), constraint)
    names = [name for name, _ in search_top(even, 1_000)]
    assert names == sorted(names, key=lambda name: (len(name), name))
    assert len(names) == 4 + 16 + 64
    assert [name for name, _ in search_top(even, 30)] == names[:30]


@settings(max_examples=100)
@given(SEEDS, SAMPLINGS, CONSTRAINTS, st.floats(0, 1), st.integers(0, 100))
def test_names_above_a_floor_are_all_and_no_other(
    seed: int, sampling: Sampling, constraint: Constraint, share: float, most: int
) -> None:
    """The floor of a name that is listed counts it; one more than is counted, if there are more."""
    expected = reported(seed, sampling, constraint)
    assume(expected)
    found = product(seed, sampling, constraint)
    ranked = [log_prob for _, log_prob in search_top(found, 10_000)]
    assert len(ranked) == len(expected)
    floor = ranked[int(share * (len(ranked) - 1))]
    above = sum(log_prob >= floor for log_prob in ranked)
    assert count_above(found, floor, 10_000) == above
    assert count_above(found, np.nextafter(max(ranked), 1), 10_000) == 0
    assert count_above(found, 10 * min(ranked) - 1, 10_000) == len(ranked)
    if all(log_prob == floor or abs(log_prob - floor) > 1e-8 for log_prob in ranked):
        assert count_above(found, floor, most) == min(above, most + 1)


@pytest.mark.parametrize(
    ("sampling", "constraint"),
    [
        (Sampling(), LIKELY),
        (Sampling(1.5, 4, 0.95), Constraint((1,), 2, 6, Language((2,)))),
        (Sampling(0.8, 0, 1.0, 0.05), Constraint((), 0, 6, Language((), (3, 3)))),
        (Sampling(), Constraint((), 1, 4, Language(novel=True))),
    ],
)
def test_drawn_names_follow_the_conditional_distribution(
    sampling: Sampling, constraint: Constraint
) -> None:
    """100,000 names; a false alarm in 10^6 (chi-square)."""
    expected = enumerated(3, sampling, constraint)
    total = sum(expected.values())
    order = Order(100_000, 17, sampling, constraint)
    counts = Counter(names_of(in_lockstep(product(3, sampling, constraint), order)))
    assert set(counts) <= set(expected)
    statistic, freedom = chi_square(
        [100_000 * p / total for p in expected.values()], [counts[name] for name in expected]
    )
    assert statistic < chi2.isf(FALSE_ALARM, freedom)


def test_distinct_names_follow_successive_sampling() -> None:
    """Ordered triples of 8,000 draws without replacement; a false alarm in 10^6 (chi-square)."""
    constraint = Constraint((), 0, 2, Language(pattern="a.?|b"))
    chances = enumerated(3, Sampling(), constraint)
    found, draws = product(3, Sampling(), constraint), 8_000
    counts = Counter(
        tuple(names_of(joined(search(Drawing(found), 3, seed).names))) for seed in range(draws)
    )
    total = sum(chances.values())
    expected = {}
    for triple in permutations(chances, 3):
        one, two, three = (chances[name] for name in triple)
        expected[triple] = one / total * two / (total - one) * three / (total - one - two)
    assert set(counts) <= set(expected)
    statistic, freedom = chi_square(
        [draws * p for p in expected.values()], [counts[triple] for triple in expected]
    )
    assert statistic < chi2.isf(FALSE_ALARM, freedom)


@settings(max_examples=100)
@given(SEEDS, SAMPLINGS, CONSTRAINTS, st.integers(1, 50), st.integers(0, 2**64 - 1))
def test_distinct_names_are_distinct_and_in_the_end_all(
    seed: int, sampling: Sampling, constraint: Constraint, count: int, drawn: int
) -> None:
    """Each is admitted, none stands twice, fewer begin more, and none is left out, however rare."""
    expected = exactly(seed, sampling, constraint)
    assume(expected)
    found = product(seed, sampling, constraint)
    names = names_of(joined(search(Drawing(found), count, drawn).names))
    assert len(names) == len(set(names)) == min(count, len(expected))
    everything = names_of(joined(search(Drawing(found), 10_000, drawn).names))
    assert set(everything) == set(expected)
    assert everything[:count] == names


@settings(max_examples=100)
@given(SEEDS, SAMPLINGS, CONSTRAINTS, st.integers(0, 2**64 - 1), st.integers(0, 2**40))
def test_the_compiled_walk_draws_the_same_names(
    seed: int, sampling: Sampling, constraint: Constraint, drawn: int, first: int
) -> None:
    """Row by row in compiled code, in lockstep in numpy, and each row by itself."""
    found = product(seed, sampling, constraint)
    assume(found.likely)
    order = Order(40, drawn, sampling, constraint, first=first)
    names = names_of(in_lockstep(found, order))
    assert frames.names(compiled_product_walk(CODEC)(found, order)) == names
    alone = order._replace(count=1, first=first + 7)
    assert names_of(in_lockstep(found, alone)) == names[7:8]


def test_what_cannot_be_and_what_is_too_rare_are_told_apart() -> None:
    """No name at all, and names of a probability below the floor."""
    nothing = Constraint((), 1, 6, Language(pattern="a{3}", contains=(2,)))
    with pytest.raises(UnsatisfiableError, match="no name satisfies"):
        product(0, Sampling(), nothing).check()
    cut = Constraint((), 6, 6)  # greedy names of this table are shorter
    with pytest.raises(UnsatisfiableError):
        product(0, Sampling(temperature=0), cut).check()
    assert not product(0, Sampling(temperature=0), cut).possible
    steep = np.tile(np.log(np.array([1 - 4e-7, 1e-7, 1e-7, 1e-7, 1e-7])), (25, 1))
    rare = Constraint((), 50, 64, Language(novel=True))
    found = Product(
        Transformed(steep.astype(np.float32), Sampling()), ADMITTED.automaton(rare), rare
    )
    assert 0 <= found.success[0][0] < FLOOR
    with pytest.raises(TooRareError, match="a probability below 1e-300"):
        found.check()


def test_layers_are_bounded_before_the_work() -> None:
    """An automaton that multiplies the contexts beyond the bound is refused."""
    states, size = 200, 11
    onward = (np.arange(states)[:, None] * 7 + np.arange(size) * 3) % states
    onward[:, 0] = -1
    wide = Automaton(onward.astype(np.int32), np.ones(states, dtype=bool))
    with pytest.raises(TooComplexError, match="needs more than 131072 states"):
        layers(wide, size**3, (0, 0), 33)


def test_only_states_that_can_be_reached_are_kept() -> None:
    """A prefix of two characters leaves a state a length until the context is free."""
    constraint = Constraint((1, 2), 0, 6, Language(pattern="ab(cd)*"))
    found = product(0, Sampling(), constraint)
    assert [len(values) - 1 for values in found.success] == [1, 1, 1, 1, 1, 1]
