"""Chains of any states: every exact answer equals the enumeration of a random chain's names."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chi_square import assert_follows
from namesmith.vocabulary import END
from namesmith_server.engine import Chain, Sampling
from namesmith_server.engine.constraints import Dfa, anything
from namesmith_server.engine.constraints.dfa import containing, ending
from namesmith_server.engine.constraints.dfa_algebra import excluding
from namesmith_server.engine.distributions import ProcessedTable, row_keys
from namesmith_server.engine.markov import (
    ConditionedChain,
    GumbelRanking,
    ProbabilityRanking,
    best_names,
    count_above,
    free_trellis,
    name_statistics,
    packed_rows,
    reachable_trellis,
    sample_batch,
)
from random_chains import (
    Word,
    name_log_probs,
    name_probabilities,
    random_chain,
    successors_of,
    words_of,
)

VOCAB_SIZE = 4
LONGEST = 4
EXACT = 1e-9
"""Largest relative difference from the enumeration."""

GRID = 1_000
"""Draws, evenly spaced in [0, 1), that tell the share of each symbol to within 1 / GRID."""

CHAINS = st.builds(random_chain, st.integers(0, 10**6), st.integers(1, 9), st.just(VOCAB_SIZE))
SAMPLINGS = st.builds(
    Sampling,
    st.sampled_from([1.0, 1.0, 0.6, 1.8, 0.0]),
    st.sampled_from([0, 0, 1, 3]),
    st.sampled_from([1.0, 0.8]),
    st.sampled_from([0.0, 0.05]),
)
"""Samplings under which no probability underflows."""

WORDS = st.lists(st.integers(1, VOCAB_SIZE - 1), max_size=3).map(tuple)


def admits(kind: str, word: Word, name: Word) -> bool:
    """Tell whether a name satisfies a constraint, by its definition."""
    match kind:
        case "ending":
            return name[len(name) - len(word) :] == word and len(name) >= len(word)
        case "containing":
            places = range(len(name) - len(word) + 1)
            return any(name[at : at + len(word)] == word for at in places)
        case "excluding":
            return name != word
    return True


def dfa_of(kind: str, word: Word) -> Dfa:
    """Return the DFA of a constraint."""
    match kind:
        case "ending":
            return ending(word, VOCAB_SIZE)
        case "containing":
            return containing(word, VOCAB_SIZE)
        case "excluding":
            return excluding(anything(VOCAB_SIZE), np.array([*word, END]))
    return anything(VOCAB_SIZE)


@dataclass
class Case:
    """A random chain under a random condition, with the enumeration of its names.

    Attributes:
        conditioned: the chain under test.
        probabilities: of each admitted name, drawn freely.
        log_probs: sum of scoring log-probabilities of each admitted name.
    """

    conditioned: ConditionedChain
    probabilities: dict[Word, float]
    log_probs: dict[Word, float]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a case: a free trellis, or one that a DFA and a prefix restrict."""
    chain, sampling = draw(CHAINS), draw(SAMPLINGS)
    processed = ProcessedTable(chain.log_probs, sampling)
    max_length = draw(st.integers(1, LONGEST))
    min_length = draw(st.integers(0, max_length))
    prefix = draw(st.one_of(st.just(()), WORDS))[:max_length]
    kind = draw(st.sampled_from(["free", "anything", "ending", "containing", "excluding"]))
    word = draw(WORDS)
    if kind == "free":
        trellis = free_trellis(chain, max_length)
    else:
        trellis = reachable_trellis(chain, dfa_of(kind, word), prefix, max_length)
    every = name_probabilities(chain, processed.probabilities, max_length)
    admitted = {
        name: probability
        for name, probability in every.items()
        if len(name) >= min_length and name[: len(prefix)] == prefix and admits(kind, word, name)
    }
    log_probs = name_log_probs(chain, processed.scoring_log_probs, max_length)
    return Case(
        ConditionedChain(processed, trellis, prefix, min_length),
        admitted,
        {name: log_probs[name] for name in admitted},
    )


@settings(deadline=None)
@given(cases())
def test_probability_length_and_count_are_those_of_the_enumeration(case: Case) -> None:
    """Sums over names of any chain equal its backward messages at the start."""
    conditioned, expected = case.conditioned, case.probabilities
    assert conditioned.is_possible == bool(expected)
    assume(expected)
    total = sum(expected.values())
    assert conditioned.log_probability == pytest.approx(np.log(total), rel=EXACT, abs=EXACT)
    length = sum(len(name) * p for name, p in expected.items()) / total
    assert conditioned.expected_length == pytest.approx(length, rel=EXACT)
    assert conditioned.count == len(expected)


@settings(deadline=None)
@given(CHAINS, SAMPLINGS, st.integers(0, LONGEST))
def test_the_completion_of_every_state_is_the_probability_to_end_from_it(
    chain: Chain, sampling: Sampling, min_length: int
) -> None:
    """Each state of each layer is taken as the start of the names that are enumerated."""
    processed = ProcessedTable(chain.log_probs, sampling)
    conditioned = ConditionedChain(processed, free_trellis(chain, LONGEST), (), min_length)
    for state in range(len(chain)):
        from_here = Chain(chain.log_probs, chain.rows, chain.successors, state)
        names = name_probabilities(from_here, processed.probabilities, LONGEST)
        for position in range(LONGEST + 1):
            room = range(max(min_length - position, 0), LONGEST - position + 1)
            total = sum(p for name, p in names.items() if len(name) in room)
            assert conditioned.completion[position][state] == pytest.approx(total, rel=EXACT)


@settings(deadline=None)
@given(cases())
def test_each_symbol_is_drawn_with_its_conditional_probability(case: Case) -> None:
    """Evenly spaced draws behind each prefix of an admitted name share out as enumerated."""
    conditioned, expected = case.conditioned, case.probabilities
    assume(expected)
    behind: Counter[Word] = Counter()  # probability of the names behind each prefix
    for name, probability in expected.items():
        for length in range(len(conditioned.prefix), len(name) + 1):
            behind[name[:length]] += probability
    start, u = conditioned.start(conditioned.prefix), (np.arange(GRID) + 0.5) / GRID
    states = {conditioned.prefix: start.state}
    for word in sorted(behind, key=len):
        here = np.full(GRID, states[word])
        shares = np.bincount(conditioned.symbols(len(word), here, u), minlength=VOCAB_SIZE) / GRID
        weights = [expected.get(word, 0), *(behind[(*word, k)] for k in range(1, VOCAB_SIZE))]
        assert shares == pytest.approx(np.array(weights) / behind[word], abs=1.001 / GRID)
        for symbol in range(1, VOCAB_SIZE):
            after = conditioned.advance(len(word), here[:1], np.array([symbol]))
            states[*word, symbol] = int(after[0])


@settings(deadline=None)
@given(cases(), st.integers(1, 30))
def test_top_names_are_the_first_of_the_enumeration_sorted(case: Case, count: int) -> None:
    """No more probable name is missed, and a log-probability is the sum along its name."""
    expected = case.log_probs
    assume(expected)
    found = best_names(ProbabilityRanking(case.conditioned), count)
    names = words_of(packed_rows(found.names))
    assert len(set(names)) == len(names) == min(count, len(expected))
    told = np.array([expected[name] for name in names])
    assert found.log_probs == pytest.approx(told, rel=EXACT, abs=EXACT)
    assert (np.diff(told) <= 2 * EXACT).all()
    left = [log_prob for name, log_prob in expected.items() if name not in names]
    assert max(left, default=-np.inf) <= told[-1] + 2 * EXACT


@settings(deadline=None)
@given(cases(), st.floats(0, 1), st.integers(0, 50))
def test_names_above_a_floor_are_counted(case: Case, share: float, most: int) -> None:
    """The floor of a listed name counts that name too; the count stops one above the bound."""
    assume(case.log_probs)
    ranked = best_names(ProbabilityRanking(case.conditioned), 10_000).log_probs.tolist()
    assert len(ranked) == len(case.log_probs)
    floor = ranked[int(share * (len(ranked) - 1))]
    above = sum(log_prob >= floor for log_prob in ranked)
    assert count_above(case.conditioned, floor, 10_000) == above
    if all(log_prob == floor or abs(log_prob - floor) > 1e-8 for log_prob in ranked):
        assert count_above(case.conditioned, floor, most) == min(above, most + 1)


@settings(deadline=None)
@given(cases(), st.integers(1, 30), st.integers(0, 2**64 - 1))
def test_names_drawn_without_replacement_are_in_the_end_all(
    case: Case, count: int, seed: int
) -> None:
    """No name stands twice, fewer names begin more, and no name is left out."""
    assume(case.probabilities)
    ranking = GumbelRanking(case.conditioned)
    names = words_of(packed_rows(best_names(ranking, count, seed).names))
    everything = words_of(packed_rows(best_names(ranking, 10_000, seed).names))
    assert len(set(everything)) == len(everything)
    assert set(everything) == set(case.probabilities)
    assert everything[:count] == names


@settings(deadline=None)
@given(CHAINS, SAMPLINGS)
def test_statistics_are_those_of_the_absorbing_chain_solved(
    chain: Chain, sampling: Sampling
) -> None:
    """Expected visits of each state, by a linear system, give entropy and expected length."""
    P = ProcessedTable(chain.log_probs, sampling).probabilities
    onward = np.zeros((len(chain), len(chain)))
    for state, successors in enumerate(successors_of(chain)):
        np.add.at(onward[state], successors[1:], P[state, 1:])
    assume(np.linalg.matrix_power(onward, 100).max() < 1e-3)  # names end, and soon
    begun = np.arange(len(chain)) == chain.start
    visits = np.linalg.solve((np.eye(len(chain)) - onward).T, begun)
    surprise = -(P * np.log(np.where(P > 0, P, 1))).sum(1)
    found = name_statistics(chain, P)
    assert found.entropy == pytest.approx(visits @ surprise, rel=EXACT, abs=EXACT)
    assert found.expected_length == pytest.approx(visits.sum() - 1, rel=EXACT, abs=EXACT)
    by_length = np.zeros(LONGEST + 1)
    for name, probability in name_probabilities(chain, P, LONGEST).items():
        by_length[len(name)] += probability
    assert found.length_probabilities[: LONGEST + 1] == pytest.approx(by_length, rel=EXACT)


@pytest.mark.parametrize("kind", ["free", "containing", "excluding"])
def test_drawn_names_follow_the_conditional_distribution(kind: str) -> None:
    """50,000 names of a chain of seven states pass a chi-square test, 10^-6 a false alarm."""
    chain = random_chain(5, 7, VOCAB_SIZE)
    processed = ProcessedTable(chain.log_probs, Sampling())
    trellis = (
        free_trellis(chain, LONGEST)
        if kind == "free"
        else reachable_trellis(chain, dfa_of(kind, (1,)), (), LONGEST)
    )
    expected = {
        name: probability
        for name, probability in name_probabilities(chain, processed.probabilities, LONGEST).items()
        if name and admits(kind, (1,), name)
    }
    drawn = sample_batch(ConditionedChain(processed, trellis, (), 1), (), row_keys(3, 0, 50_000))
    assert_follows(Counter(words_of(drawn)), expected)
