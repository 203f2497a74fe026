"""Draws near a boundary are decided by the canonical form, in compiled code and in numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesmith.limits import ASSUMED_LOG_PROB_DIFFERENCE
from namesmith_server.backends import Contexts, LogProbs
from namesmith_server.engine import native
from namesmith_server.engine.batching import ConsistentSampler
from namesmith_server.engine.batching.exact_fallback import (
    ROUNDING,
    UNCERTAIN,
    sample_if_certain,
)
from namesmith_server.engine.batching.sequences import Sequences, sequence_layout

DIFFERENCE = 2 * ASSUMED_LOG_PROB_DIFFERENCE
"""Largest difference of two exported forms in log-probability, nats."""

COUNT = 600
VOCAB_SIZE = 5


def unconstrained(
    rng: np.random.Generator, temperature: float, min_length: int, prefix_length: int
) -> Sequences:
    """Sequences of requests without a chain and without truncation, at random places."""
    sequences = np.zeros(COUNT, dtype=sequence_layout(3))
    sequences["key"] = rng.integers(2**63, size=COUNT)
    sequences["position"] = prefix_length + rng.integers(2, size=COUNT)
    sequences["prefix_length"], sequences["min_length"] = prefix_length, min_length
    sequences["max_length"] = 12
    sequences["temperature"], sequences["top_p"], sequences["is_simple"] = temperature, 1, True
    return sequences


def distributions(rng: np.random.Generator) -> LogProbs:
    """Log-probabilities of the next symbol of each sequence, float32 [COUNT, VOCAB_SIZE]."""
    return np.log(rng.dirichlet([0.3] * VOCAB_SIZE, size=COUNT)).astype(np.float32)


@given(
    temperature=st.sampled_from([0.05, 0.5, 1.0, 3.0]),
    min_length=st.integers(0, 6),
    prefix_length=st.integers(0, 3),
    seed=st.integers(0, 2**32),
)
def test_compiled_code_and_numpy_draw_the_same_symbols(
    temperature: float, min_length: int, prefix_length: int, seed: int
) -> None:
    """Compiled code draws the symbols of numpy, and finds the same ones uncertain."""
    rng = np.random.default_rng(seed)
    sequences = unconstrained(rng, temperature, min_length, prefix_length)
    log_probs = distributions(rng)
    symbols = native.draw_symbols(sequences, log_probs, DIFFERENCE, ROUNDING)
    assert symbols.tolist() == sample_if_certain(sequences, log_probs, DIFFERENCE).tolist()
    assert (symbols != UNCERTAIN).sum() > COUNT / 2


@pytest.mark.parametrize("compiled", [True, False])
def test_only_uncertain_sequences_ask_the_canonical_form(
    monkeypatch: pytest.MonkeyPatch,
    compiled: bool,  # noqa: FBT001 - a case
) -> None:
    """The canonical form sees the contexts of the uncertain draws, and its symbols are taken."""
    monkeypatch.setattr(native, "available", compiled)
    rng = np.random.default_rng(5)
    sequences, log_probs = unconstrained(rng, 1.0, 0, 0), distributions(rng)
    sequences["context"] = np.arange(COUNT)[:, None]
    uncertain = np.flatnonzero(sample_if_certain(sequences, log_probs, 0.05) == UNCERTAIN)
    assert 0 < len(uncertain) < COUNT
    asked: list[int] = []

    def always_the_last(contexts: Contexts) -> LogProbs:
        asked.extend(contexts[:, 0].tolist())
        certain = np.full((len(contexts), VOCAB_SIZE), -np.inf, dtype=np.float32)
        certain[:, -1] = 0
        return certain

    symbols = ConsistentSampler(always_the_last, 0.05).sample(sequences, log_probs)
    assert asked == uncertain.tolist()
    assert (symbols[uncertain] == VOCAB_SIZE - 1).all()
    assert (symbols != UNCERTAIN).all()


def test_a_backend_that_answers_no_numbers_is_decided_by_the_canonical_form() -> None:
    """No comparison with not-a-number makes a draw certain."""
    rng = np.random.default_rng(5)
    sequences = unconstrained(rng, 1.0, 0, 0)
    broken = np.full((COUNT, VOCAB_SIZE), np.nan, dtype=np.float32)
    for symbols in (
        native.draw_symbols(sequences, broken, DIFFERENCE, ROUNDING),
        sample_if_certain(sequences, broken, DIFFERENCE),
    ):
        assert (symbols == UNCERTAIN).all()
