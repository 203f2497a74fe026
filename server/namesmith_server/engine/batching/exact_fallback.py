"""Draws next symbols from a backend's distributions: the same symbols on every backend.

Two exported forms of a model differ by at most a known difference d in log-probability: the trainer
measures d, and publishes no bundle in which d is large. The difference moves a cumulative
probability by at most tanh(d / 2T) at temperature T; a draw that lies farther from every boundary
gives the same symbol on each form. The few other draws are uncertain, and the canonical form alone
decides them: the chain, or for a model without a chain ONNX Runtime on the CPU, in float64.

      0 |-----a-----|---b---|-c-|----d----| 1      cumulative distribution
               ^certain   ^ uncertain: within the margin of a boundary, resampled exactly
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from namesmith_server.backends.base import Contexts, LogProbs, Precision
from namesmith_server.engine import native
from namesmith_server.engine.batching.sequences import (
    NO_CHAINS,
    Sequences,
    conditioning_factors,
    next_uniforms,
    sampling_batch,
)
from namesmith_server.engine.core import Floats, Symbols, work_counts
from namesmith_server.engine.distributions import (
    SamplingBatch,
    apply_sampling,
    choose,
    cumulated,
    near_truncation_boundary,
    truncates,
)
from namesmith_server.engine.markov import ConditionedChain
from namesmith_server.engine.memo import Memo

ROUNDING = 1e-9
"""Bound on the float64 rounding error of a cumulative probability."""

FLOAT64_DIFFERENCE = 1e-9
"""Bound, in nats, on the difference of two forms that compute the same float32 weights in float64.

Some 1e-14 is measured, between CPU and GPU as well."""

UNCERTAIN = -1
"""The number that stands for the symbol of an uncertain draw."""

CanonicalLogProbs = Callable[[Contexts], LogProbs]
"""Function from contexts [B, L] to the canonical form's log-probabilities [B, V]."""


def difference_of_forms(one: Precision, other: Precision, of_float32: float) -> float:
    """Return the bound on the difference of two forms in log-probability, in nats.

    Args:
        one: precision of one form.
        other: precision of the other form.
        of_float32: the bound where a form computes in float32, or was rounded to it.
    """
    return FLOAT64_DIFFERENCE if one == other == "float64" else of_float32


class ConsistentSampler:
    """Draws the same next symbols whichever exported form of the model the backend runs."""

    def __init__(self, canonical: CanonicalLogProbs, difference: float) -> None:
        """Set the canonical form, and the largest difference of two exported forms in nats."""
        self._canonical = canonical
        self._difference = difference

    def sample(
        self,
        sequences: Sequences,
        log_probs: LogProbs,
        chains: Mapping[int, ConditionedChain] = NO_CHAINS,
    ) -> Symbols:
        """Draw the next symbol of each sequence.

        Args:
            sequences: sequences that are drawn for, [B].
            log_probs: the backend's log-probabilities of the next symbol, [B, V].
            chains: chain of each request that has one, by its number.
        """
        is_simple = log_probs.dtype == np.float32 and sequences["is_simple"].all()
        if native.available and is_simple:
            symbols = native.draw_symbols(sequences, log_probs, self._difference, ROUNDING)
        else:
            symbols = sample_if_certain(sequences, log_probs, self._difference, chains)
        uncertain = np.flatnonzero(symbols == UNCERTAIN)
        work_counts.count_step(len(sequences), uncertain.size)
        if uncertain.size:
            size = log_probs.shape[1]
            symbols[uncertain] = self._resample_exactly(sequences[uncertain], size, chains)
        return symbols

    def walk(self, memo: Memo, sequences: Sequences, places: NDArray[np.int64]) -> None:
        """Append certain symbols to the simple sequences among some, as far as the memo knows."""
        simple = places[sequences["is_simple"][places]]
        memo.walk(sequences, simple, self._difference, ROUNDING)

    def _resample_exactly(
        self, sequences: Sequences, vocab_size: int, chains: Mapping[int, ConditionedChain]
    ) -> Symbols:
        canonical = self._canonical(np.ascontiguousarray(sequences["context"]))
        weights = apply_sampling(canonical, sampling_batch(sequences))
        weights *= conditioning_factors(sequences, vocab_size, chains)
        return choose(cumulated(weights), next_uniforms(sequences))


def sample_if_certain(
    sequences: Sequences,
    log_probs: LogProbs,
    difference: float,
    chains: Mapping[int, ConditionedChain] = NO_CHAINS,
) -> Symbols:
    """Draw the next symbol of each sequence [B]; ``UNCERTAIN`` where the draw is uncertain.

    Args:
        sequences: sequences that are drawn for, [B].
        log_probs: log-probabilities of the next symbol, [B, V].
        difference: bound on the error of each log-probability, nats.
        chains: chain of each request that has one, by its number.
    """
    sampling, u = sampling_batch(sequences), next_uniforms(sequences)
    temperature = np.where(sampling.temperature == 0, np.inf, sampling.temperature)
    factors = conditioning_factors(sequences, log_probs.shape[1], chains)
    cumulative = _cumulative(log_probs, sampling, factors)
    symbols: Symbols = (u >= cumulative).sum(0)
    margin = np.tanh(difference / (2 * temperature)) + ROUNDING
    certain = (np.abs(cumulative - u) > margin).all(0)  # False for not-a-number
    certain &= ~near_truncation_boundary(log_probs, sampling, difference)
    symbols[~certain] = UNCERTAIN
    return symbols


def _cumulative(log_probs: LogProbs, sampling: SamplingBatch, factors: Floats) -> Floats:
    """Return cumulative distributions, symbols first [V, B]: numpy is fastest along long axes."""
    if truncates(sampling):
        return cumulated(apply_sampling(log_probs, sampling) * factors).T
    weights: Floats = log_probs.T.astype(np.float64, order="C")
    weights -= weights.max(0)
    weights /= sampling.temperature
    np.exp(weights, out=weights)
    weights *= factors.T
    np.cumsum(weights, 0, out=weights)
    with np.errstate(invalid="ignore"):  # a row without weight becomes not-a-number
        weights /= weights[-1]
    return weights
