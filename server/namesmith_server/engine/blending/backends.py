"""The backends of blends: a chain that is looked up, or the mixed answers of other backends."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.backends.base import Backend, Contexts, LogProbs, Precision, check_numbers
from namesmith_server.engine.blending.alphabet import LACKED, SymbolMap
from namesmith_server.engine.blending.mixture import Voice, mixed
from namesmith_server.engine.markov import Chain


class ChainBackend(Backend):
    """Looks contexts up in a chain: the state that a walk along the context ends in."""

    name = "table"
    files = ()

    def __init__(self, chain: Chain) -> None:
        self.device = "cpu"
        self._chain = chain

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return log P(next symbol | context): int64 [B, L] -> float32 [B, V]."""
        chosen: LogProbs = self._chain.log_probs[self._states(contexts)]
        return chosen

    def chosen(self, contexts: Contexts, targets: NDArray[np.integer]) -> NDArray[np.float32]:
        """Return log P(target | context): int64 [N, L] and ids [N] -> float32 [N]."""
        chosen: NDArray[np.float32] = self._chain.log_probs[self._states(contexts), targets]
        return chosen

    def _states(self, contexts: Contexts) -> NDArray[np.integer]:
        states: NDArray[np.integer] = np.full(len(contexts), self._chain.start, dtype=np.int32)
        for symbols in contexts.T:
            states = self._chain.advance(states, symbols)
        return states


class MixedPart(NamedTuple):
    """A part of a mixture of backends.

    Attributes:
        weight: share of the part.
        backend: backend of the part.
        block_size: number of symbols of the part's contexts.
        symbols: the part's id of each symbol of the united vocabulary.
        united: united vocabulary's id of each symbol of the part.
    """

    weight: float
    backend: Backend
    block_size: int
    symbols: SymbolMap
    united: NDArray[np.int64]


class MixedBackend(Backend):
    """Mixes the answers of several backends, each asked about its own part of a context.

    Where each answer errs by at most d in log-probability, the mixture does too.
    """

    name = "mixed"
    files = ()

    def __init__(self, parts: Sequence[MixedPart], vocab_size: int, precision: Precision) -> None:
        """Set the parts.

        Args:
            parts: the parts, in an order that depends on the blend alone.
            vocab_size: number of symbols of the united vocabulary.
            precision: precision of the answers.
        """
        self._parts = parts
        self._vocab_size = vocab_size
        self.precision = precision
        self.device = "+".join(sorted({part.backend.device for part in parts}))
        self.chosen_at_once = min(part.backend.chosen_at_once for part in parts)

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return log P(next symbol | context): int64 [B, L] -> [B, V]."""
        voices = [self._voice(part, contexts) for part in self._parts]
        return mixed(voices, self._vocab_size).astype(self.precision)

    @staticmethod
    def _voice(part: MixedPart, contexts: Contexts) -> Voice:
        symbols = part.symbols[contexts[:, contexts.shape[1] - part.block_size :]]
        silent = (symbols == LACKED).any(1)
        log_probs = part.backend.log_probs(np.ascontiguousarray(np.maximum(symbols, 0)))
        check_numbers(log_probs)
        return Voice(part.weight, part.united, log_probs, silent)
