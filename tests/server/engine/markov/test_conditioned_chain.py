"""Conditioned chains: probabilities, each held to the enumeration of all names of a small model."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from enumeration import (
    COMPILER,
    CONSTRAINTS,
    SAMPLINGS,
    VOCABULARY,
    conditioned,
    exactly,
)
from namesmith_server.engine import Chain, Constraint, Sampling, kinds
from namesmith_server.engine.distributions import ProcessedTable
from namesmith_server.engine.errors import TooRareError, UnsatisfiableError
from namesmith_server.engine.markov import FLOOR, ConditionedChain, reachable_trellis

SEEDS = st.integers(0, 1000)

EXACT = 1e-9
"""Largest relative difference from the enumeration."""


@settings(deadline=None, max_examples=120)
@given(SEEDS, SAMPLINGS, CONSTRAINTS)
def test_probability_length_and_count_are_those_of_the_enumeration(
    seed: int, sampling: Sampling, constraint: Constraint
) -> None:
    """Random constraints under random samplings are measured exactly, however improbable."""
    expected = exactly(seed, sampling, constraint)
    found = conditioned(seed, sampling, constraint)
    assert found.is_possible == bool(expected)
    if expected:
        total = sum(expected.values())
        assert found.log_probability == pytest.approx(float(total.ln()), rel=1e-12, abs=EXACT)
        length = sum(len(name) * p for name, p in expected.items()) / total
        assert found.expected_length == pytest.approx(float(length), rel=EXACT)
        assert found.count == len(expected)


@settings(deadline=None, max_examples=50)
@given(SEEDS, SAMPLINGS, CONSTRAINTS)
def test_each_name_is_drawn_with_its_conditional_probability(
    seed: int, sampling: Sampling, constraint: Constraint
) -> None:
    """The probabilities of the forward walk, multiplied along a name, are the enumerated ones.

    A name that is drawn once in 10^20 need not be drawn at all.
    """
    expected = exactly(seed, sampling, constraint)
    found = conditioned(seed, sampling, constraint)
    start = found.start_or_none(constraint.prefix)
    assume(expected and start)
    assert start is not None
    total = sum(expected.values())
    for name, probability in list(expected.items())[:: len(expected) // 50 + 1]:
        state, walked = np.array([start.state]), 1.0
        for position, symbol in enumerate([*VOCABULARY.encode(name), 0]):
            if position < start.position or not walked:
                continue
            layer = found.trellis.layers[position - found.trellis.first]
            weights = found.table.probabilities[layer.chain_states[state]]
            weights *= found.factors(position, state)
            walked *= weights[0, symbol] / weights.sum()
            state = found.advance(position, state, np.array([symbol]))
        assert walked == pytest.approx(float(probability / total), rel=EXACT, abs=1e-20)


def test_an_impossible_and_a_too_rare_constraint_are_told_apart() -> None:
    """No name at all is unsatisfiable; names of a probability below the floor are too rare."""
    nothing = Constraint((), 1, 6, (kinds.Pattern("a{3}"), kinds.Contains((2,))))
    with pytest.raises(UnsatisfiableError, match="no name satisfies"):
        conditioned(0, Sampling(), nothing).start(())
    truncated = Constraint((), 6, 6)  # greedy names of this table are shorter
    greedy = conditioned(0, Sampling(temperature=0), truncated)
    with pytest.raises(UnsatisfiableError):
        greedy.start(())
    assert not greedy.is_possible
    steep = np.tile(np.log(np.array([1 - 4e-7, 1e-7, 1e-7, 1e-7, 1e-7])), (25, 1))
    chain = Chain.from_table(steep.astype(np.float32))
    dfa = COMPILER.compile((kinds.Novel(),), 64)
    found = ConditionedChain(
        ProcessedTable(chain.log_probs, Sampling()), reachable_trellis(chain, dfa, (), 64), (), 50
    )
    assert 0 <= found.completion[0][0] < FLOOR
    assert found.start_or_none(()) is None
    with pytest.raises(TooRareError, match="a probability below 1e-300"):
        found.start(())
    assert found.is_possible
