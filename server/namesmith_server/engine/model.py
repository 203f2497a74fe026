"""A model that is loaded: what it can be asked, and how it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import cast

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from namesmith.vocabulary import END, Vocabulary
from namesmith_server.backends.base import Backend, LogProbs
from namesmith_server.engine import stepwise, stream
from namesmith_server.engine.chain import Chain
from namesmith_server.engine.errors import UnknownSplitError
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.sampler import walk
from namesmith_server.engine.stream import Codec, Stream

CACHE = 128 << 20
"""Bytes of chains that are kept."""


@dataclass(frozen=True)
class Names:
    """Names and what the model believes of them.

    Attributes:
        names: without end symbols.
        log_probs: natural log, of each name with its end symbol, untransformed; float64 [N].
        character_log_probs: of each symbol, name after name, each closed by its end symbol's;
            float32 [symbols].
        lengths: symbols of each name, end symbol included, int64 [N].
    """

    names: list[str]
    log_probs: NDArray[np.float64]
    character_log_probs: LogProbs
    lengths: NDArray[np.int64]


@dataclass(frozen=True)
class Loss:
    """The loss of a set of names.

    Attributes:
        loss: mean negative log-probability per predicted symbol, nats.
        names: how many.
        symbols: predicted symbols: characters plus one end symbol a name.
    """

    loss: float
    names: int
    symbols: int


class Model:
    """Samples, scores and evaluates.

    Attributes:
        vocabulary: its symbols.
        backend: what computes its probabilities.
    """

    def __init__(  # noqa: PLR0913 - what a bundle holds
        self,
        *,
        vocabulary: Vocabulary,
        block_size: int,
        backend: Backend,
        table: LogProbs | None,
        canonical: stepwise.Canonical,
        splits: Mapping[str, str],
    ) -> None:
        """Takes the canonical table, where there is one, and the text of each split.

        Raises:
            UnknownCharacterError: a split holds a character outside the vocabulary.
        """
        self.vocabulary = vocabulary
        self.backend = backend
        self._block_size = block_size
        self._table = table
        self._canonical = canonical
        self._codec = Codec(vocabulary)
        self._splits = {
            name: self._codec.encode(text.splitlines()) for name, text in splits.items()
        }
        self._chains = LRUCache[object, Chain](CACHE, getsizeof=lambda chain: chain.size)
        self._chains_lock = Lock()  # taken alone, never across the making of a chain

    def generate(self, order: Order) -> list[str]:
        """The names of an order.

        Raises:
            UnsatisfiableError: no name satisfies the constraint.
            GaveUpError: without a table, none was found.
        """
        return self._codec.decode(self._sample(order))

    def generate_scored(self, order: Order) -> Names:
        """The names of an order with their log-probabilities; raises as ``generate``."""
        return self._scored(self._sample(order))

    def score(self, names: Sequence[str]) -> Names:
        """What the model believes of the names, normalised; at least one.

        Raises:
            UnknownCharacterError: a character outside the vocabulary.
        """
        return self._scored(self._codec.encode(names))

    def evaluate(self, split: str) -> Loss:
        """The loss of a split of the training data.

        Raises:
            UnknownSplitError: the model has no such split.
        """
        if split not in self._splits:
            raise UnknownSplitError(split, tuple(self._splits))
        symbols = self._splits[split]
        total = self._log_probs(symbols).sum(dtype=np.float64)
        return Loss(float(-total / len(symbols)), int((symbols == END).sum()), len(symbols))

    def _sample(self, order: Order) -> Stream:
        if self._table is None:
            trial = stepwise.ByTrial(order, len(self.vocabulary))
            return self._step(order, trial)
        chain = self._chain(order)
        chain.start(order.constraint.prefix)
        if self.backend.name == "table":
            return walk(chain, order)
        return self._step(order, stepwise.ByTable(chain))

    def _step(self, order: Order, conditioning: stepwise.Conditioning) -> Stream:
        decider = stepwise.Decider(self.backend, self._canonical, order.sampling)
        return stepwise.step(decider, conditioning, order, self._block_size)

    def _chain(self, order: Order) -> Chain:
        """The chain of an order, made or kept; two that make the same at once make equals."""
        constraint = order.constraint
        key = (order.sampling, constraint.min_length, constraint.max_length)
        with self._chains_lock:
            chain = self._chains.get(key)
        if chain is None:
            chain = Chain(cast("LogProbs", self._table), *key)
            with self._chains_lock:
                self._chains[key] = chain
        return chain

    def _scored(self, symbols: Stream) -> Names:
        log_probs = self._log_probs(symbols)
        ends = np.flatnonzero(symbols == END)
        return Names(
            self._codec.decode(symbols),
            stream.sums(log_probs, symbols),
            log_probs,
            np.diff(ends, prepend=-1),
        )

    def _log_probs(self, symbols: Stream) -> LogProbs:
        return self.backend.chosen(stream.contexts_of(symbols, self._block_size), symbols)
