"""The probability that two names are the same: the sum of squares, by enumeration and by draws."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from enumeration import CODEC, CONSTRAINTS, SAMPLINGS, conditioned, enumerated
from namesmith_server.engine import Constraint, Sampling, TooRareError, UnsatisfiableError
from namesmith_server.engine.distributions import row_keys
from namesmith_server.engine.markov import conditioned_chain, sample_batch


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), SAMPLINGS, CONSTRAINTS)
def test_it_is_the_sum_of_the_squares_of_the_names_probabilities(
    seed: int, sampling: Sampling, constraint: Constraint
) -> None:
    """Under any constraint and sampling, the prefix given; the sampling transforms both names."""
    expected = list(enumerated(seed, sampling, constraint).values())
    assume(expected and math.fsum(expected) > 1e-200)
    chain = conditioned(seed, sampling, constraint)
    assume(chain.start_or_none(constraint.prefix))
    squares = math.fsum((one / math.fsum(expected)) ** 2 for one in expected)
    assert chain.collision_probability == pytest.approx(squares, rel=1e-9)


def test_improbable_names_are_squared_in_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways give the same number where both can."""
    constraint = Constraint((1,), 2, 6)
    plain = conditioned(3, Sampling(1.5), constraint).collision_probability
    monkeypatch.setattr(conditioned_chain, "LEAST_SQUARED", 2)
    in_logs = conditioned(3, Sampling(1.5), constraint).collision_probability
    assert in_logs == pytest.approx(plain, rel=1e-12)


def test_without_a_name_there_is_no_probability() -> None:
    """It is an error, as drawing is."""
    chain = conditioned(3, Sampling(), Constraint((), 7, 6))
    with pytest.raises((UnsatisfiableError, TooRareError)):
        _ = chain.collision_probability


@pytest.mark.parametrize("count", [20_000, pytest.param(10**6, marks=pytest.mark.slow)])
def test_drawn_names_collide_as_often(count: int) -> None:
    """Pairs of neighbours are equal as often, within five standard deviations: 6e-7 by chance."""
    chain = conditioned(5, Sampling(), Constraint((), 2, 6))
    names = CODEC.decode(sample_batch(chain, (), row_keys(11, 0, count)))
    same = sum(map(str.__eq__, names[::2], names[1::2]))
    p, pairs = chain.collision_probability, count // 2
    assert abs(same - p * pairs) <= 5 * math.sqrt(p * (1 - p) * pairs)
    equal = sum(one * (one - 1) for one in Counter(names).values()) / (count * (count - 1))
    assert equal == pytest.approx(p, rel=0.2)
    assert np.isfinite(p)
