"""Temperature, top-k, top-p and min-p against their definitions, symbol by symbol."""

import math
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from namesmith_server.engine.parameters import Sampling
from namesmith_server.engine.transform import transform

WEIGHTS = st.lists(st.integers(1, 10**6), min_size=2, max_size=8, unique=True)


def by_definition(log_probs: list[float], sampling: Sampling) -> list[float]:
    """The transformed distribution, computed one symbol at a time."""
    scaled = [math.exp(x / sampling.temperature) for x in log_probs]
    ranked = sorted(range(len(scaled)), key=lambda i: -scaled[i])
    kept = ranked[: sampling.top_k or len(ranked)]
    total = sum(scaled[i] for i in kept)
    before = [0.0, *accumulate(scaled[i] / total for i in kept)]
    kept = [
        i
        for i, sum_before in zip(kept, before, strict=False)
        if sum_before < sampling.top_p or sampling.top_p == 1
    ]
    kept = [i for i in kept if scaled[i] >= sampling.min_p * scaled[kept[0]]]
    total = sum(scaled[i] for i in kept)
    return [scaled[i] / total if i in kept else 0.0 for i in range(len(scaled))]


@given(
    weights=WEIGHTS,
    temperature=st.sampled_from([0.25, 1.0, 1.5, 10.0]),
    top_k=st.integers(0, 8),
    top_p=st.sampled_from([0.05, 0.37, 0.83, 1.0]),
    min_p=st.sampled_from([0.0, 0.013, 0.5]),
)
def test_transform_is_the_definition(
    weights: list[int], temperature: float, top_k: int, top_p: float, min_p: float
) -> None:
    """In every combination, the distribution is the one computed a symbol at a time."""
    log_probs = [math.log(weight / sum(weights)) for weight in weights]
    sampling = Sampling(temperature, min(top_k, len(weights)), top_p, min_p)
    result = transform(np.array([log_probs, log_probs[::-1]]), sampling)
    expected = by_definition(log_probs, sampling)
    np.testing.assert_allclose(result, [expected, expected[::-1]], rtol=1e-9)


def test_temperature_zero_is_greedy_and_ties_go_to_the_lowest_id() -> None:
    """All probability is on the most probable symbol, the first among equals."""
    log_probs = np.log([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]])
    assert transform(log_probs, Sampling(temperature=0)).tolist() == [[0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize("temperature", [1e-3, 1e-9, 5e-324])
def test_a_tiny_temperature_stays_finite(temperature: float) -> None:
    """However low, the distribution is one: no overflow, no not-a-number."""
    result = transform(np.log([[0.2, 0.5, 0.3]]), Sampling(temperature=temperature))
    np.testing.assert_allclose(result, [[0, 1, 0]], atol=1e-12)
