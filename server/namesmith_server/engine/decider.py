"""Drawing next symbols from a backend's distributions, to the same symbol on every backend.

Two exported forms of a model differ by at most ``SLACK`` in log-probability: the trainer
publishes no others. That moves a cumulative probability by at most tanh(s/2), s being the slack
over the temperature; a draw that lies farther from every boundary gives the same symbol on each.
The few others are left open, and decided by the canonical form alone: the table, or without one
ONNX Runtime on the CPU, one context at a time.
"""

from collections.abc import Callable
from contextlib import suppress

import numpy as np

from namesmith_server.backends.base import Backend, Contexts, LogProbs
from namesmith_server.engine.arrays import Floats, Ids
from namesmith_server.engine.chain import choose, cumulated
from namesmith_server.engine.compiled import CompiledLook
from namesmith_server.engine.parameters import Samplings
from namesmith_server.engine.rows import Rows, factors, next_draws, samplings
from namesmith_server.engine.transform import cuts, near_a_cut, transform

SLACK = 2e-4
"""Largest difference of two exported forms in log-probability, nats."""

ROUNDING = 1e-9
"""More than float64 loses on the way."""

OPEN = -1
"""In place of a symbol that is not certain."""

Canonical = Callable[[Contexts], LogProbs]
"""The canonical log-probabilities float32 [B, V] of contexts [B, L]."""


def one_at_a_time(backend: Backend) -> Canonical:
    """A backend as the canonical form: of a batch, each result would depend on the others."""

    def log_probs(contexts: Contexts) -> LogProbs:
        return np.concatenate([backend.log_probs(context[None]) for context in contexts])

    return log_probs


class Decider:
    """Decides by the canonical form what a backend's own numbers leave open."""

    def __init__(self, canonical: Canonical) -> None:
        self._canonical = canonical
        self._compiled: CompiledLook | None = None
        with suppress(ImportError):
            self._compiled = CompiledLook(SLACK, ROUNDING)

    def symbols(self, rows: Rows, log_probs: LogProbs) -> Ids:
        """The next symbol of each row, whose distributions [B, V] are the backend's."""
        plain = self._compiled is not None and bool(rows["plain"].all())
        symbols = (self._compiled if self._compiled and plain else look)(rows, log_probs)
        left = np.flatnonzero(symbols == OPEN)
        if left.size:
            symbols[left] = self._settled(rows[left], log_probs.shape[1])
        return symbols

    def _settled(self, rows: Rows, vocab_size: int) -> Ids:
        canonical = self._canonical(np.ascontiguousarray(rows["context"]))
        exact = transform(canonical, samplings(rows))
        exact *= factors(rows, vocab_size)
        return choose(cumulated(exact), next_draws(rows))


def look(rows: Rows, log_probs: LogProbs) -> Ids:
    """The next symbol of each row, as far as it is certain; ``OPEN`` for the others."""
    sampling, u = samplings(rows), next_draws(rows)
    temperature = np.where(sampling.temperature == 0, np.inf, sampling.temperature)
    cumulative = _cumulative(log_probs, sampling, factors(rows, log_probs.shape[1]))
    symbols: Ids = (u >= cumulative).sum(0)
    margin = np.tanh(SLACK / (2 * temperature)) + ROUNDING
    certain = (np.abs(cumulative - u) > margin).all(0)  # and a number
    certain &= ~near_a_cut(log_probs, sampling, SLACK)
    symbols[~certain] = OPEN
    return symbols


def _cumulative(log_probs: LogProbs, sampling: Samplings, factors: Floats) -> Floats:
    """Cumulative distributions, symbols first [V, B], for numpy is fastest along long axes."""
    if cuts(sampling):
        return cumulated(transform(log_probs, sampling) * factors).T
    weights: Floats = log_probs.T.astype(np.float64, order="C")
    weights -= weights.max(0)
    weights /= sampling.temperature
    np.exp(weights, out=weights)
    weights *= factors.T
    np.cumsum(weights, 0, out=weights)
    with np.errstate(invalid="ignore"):  # a row without weight becomes not-a-number
        weights /= weights[-1]
    return weights
