"""Ancestral sampling in numpy: names follow the conditional distribution, row by row."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chi_square import assert_follows
from enumeration import CODEC, CONSTRAINTS, SAMPLINGS, conditioned, enumerated
from namesmith_server.engine import Constraint, Sampling, kinds
from namesmith_server.engine.distributions import row_keys
from namesmith_server.engine.markov import blank_rows, packed_rows, sample_batch

MIXED = Constraint(
    (),
    0,
    5,
    (
        kinds.Contains((1,)),
        kinds.Pattern("[ab].*(c|d|a)*"),
        kinds.Forbidden(((1, 3),)),
        kinds.Novel(),
    ),
)
"""A constraint of four kinds."""


@pytest.mark.parametrize(
    ("sampling", "constraint"),
    [
        (Sampling(), MIXED),
        (Sampling(1.5, 4, 0.95), Constraint((1,), 2, 6, (kinds.Suffix((2,)),))),
        (Sampling(0.8, 0, 1.0, 0.05), Constraint((), 0, 6, (kinds.Contains((3, 3)),))),
        (Sampling(), Constraint((), 1, 4, (kinds.Novel(),))),
    ],
)
def test_drawn_names_follow_the_conditional_distribution(
    sampling: Sampling, constraint: Constraint
) -> None:
    """100,000 names pass a chi-square test; a false alarm in 10^6."""
    chain = conditioned(3, sampling, constraint)
    names = CODEC.decode(sample_batch(chain, constraint.prefix, row_keys(17, 0, 100_000)))
    assert len(names) == 100_000
    assert_follows(Counter(names), enumerated(3, sampling, constraint))


@settings(deadline=None, max_examples=50)
@given(
    st.integers(0, 1000), SAMPLINGS, CONSTRAINTS, st.integers(0, 2**64 - 1), st.integers(0, 2**40)
)
def test_a_row_depends_on_its_number_alone(
    seed: int, sampling: Sampling, constraint: Constraint, drawn: int, first: int
) -> None:
    """A name that is drawn by itself is the one that is drawn among others."""
    chain = conditioned(seed, sampling, constraint)
    assume(chain.start_or_none(constraint.prefix))
    names = CODEC.decode(sample_batch(chain, constraint.prefix, row_keys(drawn, first, 40)))
    alone = CODEC.decode(sample_batch(chain, constraint.prefix, row_keys(drawn, first + 7, 1)))
    assert alone == names[7:8]


def test_rows_are_packed_without_their_padding() -> None:
    """Each row is kept up to its first end symbol."""
    rows = blank_rows(3, (2, 1), 4)
    assert rows.tolist() == [[2, 1, 0, 0, 0]] * 3
    rows[1, 2:4] = 3
    rows[2] = 0
    assert packed_rows(rows).tolist() == [2, 1, 0, 2, 1, 3, 3, 0, 0]
    assert packed_rows(np.array([[1, 2, 3, 0]])).tolist() == [1, 2, 3, 0]
