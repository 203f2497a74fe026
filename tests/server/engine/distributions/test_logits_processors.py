"""Temperature, top-k, top-p and min-p against their definitions, symbol by symbol."""

import math
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesmith_server.engine.distributions import (
    Sampling,
    SamplingBatch,
    apply_sampling,
    log_apply_sampling,
    truncates,
)

WEIGHTS = st.lists(st.integers(1, 10**6), min_size=2, max_size=8, unique=True)


def by_definition(log_probs: list[float], sampling: Sampling) -> list[float]:
    """Return the transformed distribution, computed one symbol at a time."""
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
def test_a_transformed_distribution_is_the_one_of_the_definitions(
    weights: list[int], temperature: float, top_k: int, top_p: float, min_p: float
) -> None:
    """Every combination of settings gives the distribution that is computed a symbol at a time."""
    log_probs = [math.log(weight / sum(weights)) for weight in weights]
    sampling = Sampling(temperature, min(top_k, len(weights)), top_p, min_p)
    result = apply_sampling(np.array([log_probs, log_probs[::-1]]), sampling)
    expected = by_definition(log_probs, sampling)
    np.testing.assert_allclose(result, [expected, expected[::-1]], rtol=1e-9)
    assert truncates(sampling) or (result > 0).all()
    with np.errstate(divide="ignore"):
        logs = np.log(result)
    processed = log_apply_sampling(np.array([log_probs, log_probs[::-1]]), sampling)
    np.testing.assert_allclose(processed, logs, rtol=1e-9, atol=1e-12)


@given(
    weights=WEIGHTS,
    samplings=st.lists(
        st.builds(
            Sampling,
            st.sampled_from([0.0, 0.25, 1.0, 10.0]),
            st.integers(0, 2),
            st.sampled_from([0.37, 1.0]),
            st.sampled_from([0.0, 0.5]),
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_a_batch_of_samplings_gives_each_row_the_bits_of_its_own(
    weights: list[int], samplings: list[Sampling]
) -> None:
    """A row does not depend on the samplings of the rows beside it."""
    log_probs = np.log(np.array([weights]) / sum(weights))
    columns = [np.array(column) for column in zip(*samplings, strict=True)]
    together = apply_sampling(log_probs.repeat(len(samplings), 0), SamplingBatch(*columns))
    alone = [apply_sampling(log_probs, sampling)[0] for sampling in samplings]
    assert together.tolist() == np.array(alone).tolist()


def test_temperature_zero_is_greedy_and_ties_go_to_the_lowest_id() -> None:
    """All probability is on the most probable symbol, the first among equals."""
    log_probs = np.log([[0.2, 0.5, 0.3], [0.4, 0.2, 0.4]])
    assert apply_sampling(log_probs, Sampling(temperature=0)).tolist() == [[0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize("temperature", [1e-3, 1e-9, 5e-324])
def test_a_tiny_temperature_stays_finite(temperature: float) -> None:
    """A distribution at any temperature above 0 sums to 1: no overflow, no not-a-number."""
    result = apply_sampling(np.log([[0.2, 0.5, 0.3]]), Sampling(temperature=temperature))
    np.testing.assert_allclose(result, [[0, 1, 0]], atol=1e-12)
