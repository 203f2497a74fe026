"""How a beam search ranks prefixes: for the most probable names, or for names drawn distinct.

Each prefix is ranked by a key that one of the names behind it attains and none exceeds.
"""

from abc import ABC, abstractmethod
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import RANKED_DECIMALS
from namesmith_server.engine.core import Floats, Reals
from namesmith_server.engine.distributions import draws, uniforms
from namesmith_server.engine.markov.conditioned_chain import ConditionedChain

ROUNDING = 2e-9
"""Absolute float error between a prefix's key and its best completion's; the relative part is
1e-4 x this per nat."""

FloatOrFloats = TypeVar("FloatOrFloats", float, Floats)


class Ranking(ABC):
    """The order of prefixes in a beam search.

    Attributes:
        chain: whose names they are.
        log_probs: log-probabilities [S, V] that those of names are summed from.
        values: best or total log-probability behind each state of the chain's layers.
        start_key: key of the start.
    """

    def __init__(
        self, chain: ConditionedChain, log_probs: Reals, values: list[Floats], start_key: float
    ) -> None:
        self.chain = chain
        self.log_probs = log_probs
        self.values = values
        self.start_key = start_key

    @abstractmethod
    def keys(self, prefix_keys: Floats, rng_keys: NDArray[np.uint64], log_probs: Floats) -> Floats:
        """Return the keys of prefixes with each next symbol, [B, V]; -inf for impossible ones.

        Args:
            prefix_keys: of the prefixes, [B].
            rng_keys: keys of the prefixes' generators, [B].
            log_probs: log-probability of each prefix with each symbol, what may follow included,
                [B, V].
        """


class ProbabilityRanking(Ranking):
    """The order of the most probable name behind a prefix; equal ones keep their symbols' order."""

    def __init__(self, chain: ConditionedChain, floor: float = -np.inf) -> None:
        """Leave out names below ``floor``, a log-probability without the prefix's, in nats."""
        super().__init__(chain, chain.table.scoring_log_probs, chain.best, chain.best_at_start)
        self._floor = lower_bound(floor)

    def keys(
        self,
        prefix_keys: Floats,  # noqa: ARG002 - the log-probabilities tell all
        rng_keys: NDArray[np.uint64],  # noqa: ARG002 - nothing is drawn
        log_probs: Floats,
    ) -> Floats:
        """Return the rounded log-probabilities."""
        ranks: Floats = np.round(log_probs, RANKED_DECIMALS)
        ranks[ranks < self._floor] = -np.inf
        return ranks


class GumbelRanking(Ranking):
    """The order of the largest perturbed log-probability behind a prefix.

    The log-probability of each name plus an independent Gumbel variable; the start's key shifts all
    others alike.
    """

    def __init__(self, chain: ConditionedChain) -> None:
        super().__init__(chain, chain.table.log_probs, chain.log_completion, 0.0)

    def keys(self, prefix_keys: Floats, rng_keys: NDArray[np.uint64], log_probs: Floats) -> Floats:
        """Return perturbed keys of which the largest of a prefix's symbols is the prefix's own."""
        symbols = np.arange(log_probs.shape[1], dtype=np.uint64)
        uniform = np.maximum(uniforms(draws(rng_keys[:, None], symbols)), 2.0**-54)  # never 0
        perturbed = log_probs - np.log(-np.log(uniform))
        with np.errstate(divide="ignore", invalid="ignore"):
            # Gumbel variables given that their largest is the prefix's key (Kool et al., B.3).
            largest = perturbed.max(1, keepdims=True)
            less = prefix_keys[:, None] - perturbed + np.log1p(-np.exp(perturbed - largest))
        keys: Floats = prefix_keys[:, None] - np.maximum(less, 0) - np.log1p(np.exp(-np.abs(less)))
        keys[np.isneginf(perturbed)] = -np.inf
        return keys


def lower_bound(key: FloatOrFloats) -> FloatOrFloats:
    """Return the least key that may be equal to ``key`` but for rounding."""
    return key - ROUNDING * (1 + 1e-4 * abs(key))
