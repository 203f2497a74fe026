"""Pearson's chi-square test of drawn counts against expected probabilities."""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TypeVar

from scipy.stats import chi2

FALSE_ALARM = 1e-6
"""Probability that one test fails although the distribution is right."""

MIN_EXPECTED = 5
"""Least expected count of a cell; outcomes expected more rarely share one cell."""

Outcome = TypeVar("Outcome", bound=Hashable)


def assert_follows(counts: Counter[Outcome], weights: Mapping[Outcome, float]) -> None:
    """Assert that counts follow a distribution, up to a false alarm in 10^6 tests.

    Args:
        counts: number of draws of each outcome; an outcome without a weight fails the test.
        weights: weight of each possible outcome, not normalised.
    """
    assert set(counts) <= set(weights)
    draws, total = sum(counts.values()), sum(weights.values())
    cells = [(draws * weight / total, counts[outcome]) for outcome, weight in weights.items()]
    large = [(e, n) for e, n in cells if e >= MIN_EXPECTED]
    rest = [(e, n) for e, n in cells if e < MIN_EXPECTED]
    pooled = sum(e for e, _ in rest), sum(n for _, n in rest)
    if pooled[0] < MIN_EXPECTED:
        expected, count = large.pop()
        pooled = pooled[0] + expected, pooled[1] + count
    large.append(pooled)
    statistic = sum((n - e) ** 2 / e for e, n in large)
    assert statistic < chi2.isf(FALSE_ALARM, len(large) - 1)
