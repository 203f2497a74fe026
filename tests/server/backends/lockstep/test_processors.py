"""The logits processors of a device are the engine's, ties and unsure supports included."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from namesmith_server.backends.lockstep.processors import COLDEST, Settings, logits, truncated
from namesmith_server.engine.core import Floats
from namesmith_server.engine.distributions import (
    Sampling,
    SamplingBatch,
    apply_sampling,
    logits_processors,
    near_truncation_boundary,
)

SIZE = 6
"""Number of symbols of the vocabulary."""

WEIGHTS = st.lists(st.integers(0, 5), min_size=SIZE, max_size=SIZE).filter(any)
"""Weights with many ties, and symbols without probability."""

SAMPLINGS = st.builds(
    Sampling,
    st.sampled_from([0.0, 1e-310, 0.25, 1.0, 10.0]),
    st.integers(0, SIZE),
    st.sampled_from([0.05, 0.25, 0.5, 0.83, 1.0]),
    st.sampled_from([0.0, 0.2, 0.5, 1.0]),
)


def on_device(
    log_probs: Floats, batch: SamplingBatch, difference: float, device: torch.device
) -> tuple[Floats, Floats]:
    """Return the distributions [B, V] and the unsure rows [B] of a device."""
    greedy = batch.temperature == 0
    divisor = np.where(greedy, 1, np.maximum(batch.temperature, COLDEST))
    columns = (
        divisor,
        np.where(batch.top_k == 0, SIZE, batch.top_k),
        batch.top_p,
        batch.min_p,
        np.where(greedy, 1, SIZE),
        difference / divisor,
    )
    settings = Settings(*(torch.tensor(column, device=device)[:, None] for column in columns))
    scaled = logits(torch.tensor(log_probs, device=device), settings.divisor)
    weights, unsure = truncated(scaled, settings)
    weights /= weights.sum(1, keepdim=True)
    return weights.cpu().numpy(), unsure.cpu().numpy()


def batch_of(rows: list[tuple[list[int], Sampling]]) -> tuple[Floats, SamplingBatch]:
    """Return log-probabilities [B, V] and a batch of samplings."""
    with np.errstate(divide="ignore"):
        log_probs = np.log([np.divide(weights, sum(weights)) for weights, _ in rows])
    samplings = [sampling for _, sampling in rows]
    return log_probs, SamplingBatch(*map(np.array, zip(*samplings, strict=True)))


ROWS = st.lists(st.tuples(WEIGHTS, SAMPLINGS), min_size=1, max_size=5)


@given(rows=ROWS)
def test_distributions_are_those_of_the_engine(rows: list[tuple[list[int], Sampling]]) -> None:
    """Every combination of settings, beside others in one batch, gives the engine's numbers."""
    log_probs, batch = batch_of(rows)
    ours, _ = on_device(log_probs, batch, 1e-9, torch.device("cpu"))
    sure = ~near_truncation_boundary(log_probs, batch, 1e-12)
    np.testing.assert_allclose(ours[sure], apply_sampling(log_probs, batch)[sure], rtol=1e-12)


@given(rows=ROWS, difference=st.sampled_from([1e-9, 1e-3]))
def test_unsure_supports_are_those_of_the_engine(
    rows: list[tuple[list[int], Sampling]], difference: float
) -> None:
    """A support that the engine would not trust, the device does not trust either."""
    log_probs, batch = batch_of(rows)
    if not logits_processors.truncates(batch):
        return
    _, unsure = on_device(log_probs, batch, difference, torch.device("cpu"))
    assert (unsure >= near_truncation_boundary(log_probs, batch, difference * 0.999)).all()


def test_a_device_keeps_the_symbols_that_the_cpu_keeps(device: torch.device) -> None:
    """A thousand distributions, each under one of 48 samplings, keep the same symbols."""
    rng = np.random.default_rng(1)
    samplings = [
        Sampling(t, k, p, m)
        for t in (0.0, 0.5, 1.0)
        for k in (0, 1, 3, 6)
        for p in (0.5, 1.0)
        for m in (0.0, 0.1)
    ]
    rows = [(rng.integers(1, 10**6, SIZE).tolist(), samplings[i % 48]) for i in range(1_000)]
    log_probs, batch = batch_of(rows)
    ours, unsure = on_device(log_probs, batch, 1e-9, device)
    assert not unsure.any()
    np.testing.assert_allclose(ours, apply_sampling(log_probs, batch), rtol=1e-12)
