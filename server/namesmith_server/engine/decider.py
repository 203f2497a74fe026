"""Drawing next symbols from a backend's distributions, to the same symbol on every backend.

Two exported forms of a model differ by at most ``SLACK`` in log-probability: the trainer
publishes no others. That moves a cumulative probability by at most tanh(s/2), s being the slack
over the temperature; a draw that lies farther from every boundary gives the same symbol on each.
The few others are decided by the canonical form alone: the table, or without one ONNX Runtime on
the CPU, one context at a time.
"""

from collections.abc import Callable

import numpy as np

from namesmith_server.backends.base import Backend, Contexts, LogProbs
from namesmith_server.engine.arrays import Floats, Ids
from namesmith_server.engine.chain import choose, cumulated
from namesmith_server.engine.parameters import Samplings
from namesmith_server.engine.transform import near_a_cut, transform

SLACK = 2e-4
"""Largest difference of two exported forms in log-probability, nats."""

ROUNDING = 1e-9
"""More than float64 loses on the way."""

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

    def symbols(
        self,
        contexts: Contexts,
        log_probs: LogProbs,
        sampling: Samplings,
        factors: Floats,
        u: Floats,
    ) -> Ids:
        """The next symbol of each row.

        Args:
            contexts: [B, L].
            log_probs: the backend's, of the contexts, [B, V].
            sampling: an array [B] of each setting.
            factors: what each symbol's probability is weighed by, [B, V].
            u: draws in [0, 1), [B].
        """
        cumulative = cumulated(transform(log_probs, sampling) * factors)
        symbols = choose(cumulative, u)
        temperature = np.where(sampling.temperature == 0, np.inf, sampling.temperature)
        margin = np.tanh(SLACK / (2 * temperature)) + ROUNDING
        close = ~(np.abs(cumulative - u[:, None]) > margin[:, None]).all(1)  # or not a number
        close |= near_a_cut(log_probs, sampling, SLACK)
        if close.any():
            exact = transform(self._canonical(contexts[close]), sampling.of(close))
            exact *= factors[close]
            symbols[close] = choose(cumulated(exact), u[close])
        return symbols
