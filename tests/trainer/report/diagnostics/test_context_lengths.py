"""Tests of the numbers of a chain by the length of its contexts."""

import numpy as np
import pytest

from namesmith_trainer.report import ChainDiagnostics, chain_findings, diagnose
from namesmith_trainer.training import ChainRun


def test_states_and_symbols_are_shared_out_by_length(counted_run: ChainRun) -> None:
    """States add up to the chain's; the mass is how often drawn names read each length."""
    found = diagnose(counted_run)
    assert isinstance(found, ChainDiagnostics)
    assert sum(each.states for each in found.lengths) == len(counted_run.chain.contexts)
    assert sum(each.mass for each in found.lengths) == pytest.approx(1)
    chain, rng = counted_run.chain, np.random.default_rng(0)
    counts = np.zeros(len(found.lengths))
    probabilities = np.exp(chain.log_probs.astype(np.float64)).cumsum(1)
    state = chain.start
    for _ in range(200_000):
        counts[len(chain.contexts[state])] += 1
        symbol = min(np.searchsorted(probabilities[state], rng.random()), chain.vocab_size - 1)
        state = chain.successors[chain.rows[state], symbol]
    drawn = counts / counts.sum()
    # Symbols of a name depend on each other: 20 standard deviations of independent ones.
    for each, share in zip(found.lengths, drawn, strict=True):
        assert each.mass == pytest.approx(share, abs=20 * (0.25 / 200_000) ** 0.5)


def test_findings_of_a_chain_hold_its_numbers(counted_run: ChainRun) -> None:
    """The sentences name states, symbols and the probability of the training names."""
    found = diagnose(counted_run)
    assert isinstance(found, ChainDiagnostics)
    longest = found.lengths[-1]
    assert f"{longest.states:,} of" in chain_findings.contexts(found).shows
    memory = chain_findings.memory(found).shows
    assert f"{found.parts['train'].probability:.1%}" in memory
    assert f"{found.parts['val'].seen.loss:.4f}" in memory
