"""Estimates of collisions from drawn names: from above, near the truth, never below by much."""

import numpy as np
import pytest

from namesmith_server.engine.core import EncodedNames
from namesmith_server.engine.model.collisions import estimated_collisions


def one_symbol_names(draws: "np.ndarray") -> EncodedNames:
    """Return names of one symbol each."""
    names = np.zeros(2 * len(draws), dtype=np.int32)
    names[::2] = draws + 1
    return names


@pytest.mark.parametrize(
    "weights",
    [[1.0], [0.5, 0.5], [0.9, *[0.1 / 50] * 50], [1 / 1_000] * 1_000, [1 / 10**5] * 10**5],
    ids=["one", "two", "skewed", "thousand", "many"],
)
@pytest.mark.parametrize("count", [20, 400])
def test_the_truth_is_rarely_above(weights: list[float], count: int) -> None:
    """At most 2.5 of 100 estimates are too low, where the bound is right; 14 by chance 4e-7."""
    rng, p = np.random.default_rng(5), np.array(weights)
    truth = float((p**2).sum())
    found = [
        estimated_collisions(one_symbol_names(rng.choice(len(p), count, p=p))) for _ in range(100)
    ]
    assert sum(one < truth * (1 - 1e-12) for one in found) <= 13


def test_many_draws_come_near_the_truth() -> None:
    """Ten thousand names of a thousand equally probable ones tell it to a tenth."""
    draws = np.random.default_rng(1).integers(0, 1_000, 10_000)
    assert 0.001 < estimated_collisions(one_symbol_names(draws)) < 0.0011


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_names_tell_nothing(count: int) -> None:
    """The estimate is 1."""
    assert estimated_collisions(one_symbol_names(np.arange(count))) == 1
