"""The rankings of a beam search: for the most probable names, or for distinct names drawn.

Each prefix is ranked by the largest key of the names behind it.
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
"""Bound on the float error between a prefix's key and the key of the best name behind it, in nats;
each nat of the key adds 1e-4 x this bound."""

FloatOrFloats = TypeVar("FloatOrFloats", float, Floats)


class Ranking(ABC):
    """The order of prefixes in a beam search.

    Attributes:
        chain: chain whose names are ranked.
        log_probs: log-probabilities [S, V] from which the log-probabilities of names are summed.
        values: log-probability of the best name, or of all names, behind each state of each layer.
        start_key: key of the prefix at which the search starts.
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
        """Return the key of each prefix with each next symbol, [B, V]; -inf where impossible.

        Args:
            prefix_keys: key of each prefix, [B].
            rng_keys: key of each prefix's generator, [B].
            log_probs: log-probability of each prefix with each next symbol, plus the entry of
                ``values`` for the state behind that symbol, [B, V].
        """


class ProbabilityRanking(Ranking):
    """The order of the most probable name behind a prefix; ties keep the order of their symbols."""

    def __init__(self, chain: ConditionedChain, floor: float = -np.inf) -> None:
        """Set the least log-probability of ranked names, the chain's prefix left out, in nats."""
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

    The perturbed log-probability of a name is its log-probability plus an independent Gumbel
    variable. The key of the start adds one constant to all keys, which leaves the order unchanged.
    """

    def __init__(self, chain: ConditionedChain) -> None:
        super().__init__(chain, chain.table.log_probs, chain.log_completion, 0.0)

    def keys(self, prefix_keys: Floats, rng_keys: NDArray[np.uint64], log_probs: Floats) -> Floats:
        """Return the perturbed keys; the largest over a prefix's symbols is the prefix's key."""
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
    """Return the least key that may differ from ``key`` by rounding alone."""
    return key - ROUNDING * (1 + 1e-4 * abs(key))
