"""Estimates: intervals hold the truth in 95 % of questions, and are never 0 wide."""

import math

import numpy as np
import pytest

from namesmith_server.engine.model.estimates import (
    Z_95,
    Z_97_5,
    Figure,
    Interval,
    mean_length,
    proportion,
    quotient,
)


@pytest.mark.parametrize(("z", "promised"), [(Z_95, 0.949), (Z_97_5, 0.959)])
@pytest.mark.parametrize("draws", [50, 400, 1_000])
def test_the_interval_of_a_proportion_holds_the_truth_as_often_as_promised(
    draws: int, z: float, promised: float
) -> None:
    """The exact coverage over the binomial distribution, for probabilities from 0.0001 to 1."""
    hits = np.arange(draws + 1)
    ways = np.array([math.comb(draws, int(k)) for k in hits], dtype=float)
    low, high = np.array([proportion(int(k), draws, z) for k in hits]).T
    assert (low < high).all()
    assert (low <= hits / draws).all()
    assert (hits / draws <= high).all()
    for p in [*np.geomspace(1e-4, 0.5, 60), *np.linspace(0.5, 1, 20)]:
        covered = (low <= p) & (p <= high)
        assert (ways * p**hits * (1 - p) ** (draws - hits))[covered].sum() >= promised


def test_without_draws_nothing_is_known() -> None:
    """A probability may be anything, and a length any that is allowed."""
    assert proportion(0, 0) == Interval(0, 1)
    assert mean_length(np.array([], dtype=int), 2, 8) == Figure(5, Interval(2, 8))


def test_the_interval_of_a_length_holds_the_truth_and_lengths_that_no_name_had() -> None:
    """At least 94 % of 1,000 intervals hold the expectation; equal lengths leave it some width."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(1_000):
        mean, interval = mean_length(rng.binomial(20, 0.3, 200), 0, 20)
        assert interval is not None
        held += interval.low <= 6 <= interval.high
        assert interval.low < mean < interval.high
    assert held >= 940
    mean, interval = mean_length(np.full(500, 4), 2, 9)
    assert interval is not None
    assert 2 < interval.low < mean == 4 < interval.high < 9


def test_a_quotient_of_probabilities_is_a_probability() -> None:
    """Its interval reaches from the least to the greatest quotient, and never above 1."""
    half, quarter = Figure(0.5, Interval(0.4, 0.6)), Figure(0.25, Interval(0.2, 0.3))
    assert quotient(quarter, half) == Figure(0.5, Interval(0.2 / 0.6, 0.3 / 0.4))
    assert quotient(half, quarter) == Figure(1.0, Interval(1.0, 1.0))
    assert quotient(Figure(0.1), half) == Figure(0.2, Interval(0.1 / 0.6, 0.1 / 0.4))
    nothing = Figure(0.0, Interval(0.0, 0.01))
    assert quotient(nothing, nothing) == Figure(1.0, Interval(0.0, 1.0))
