"""A model that is loaded: what it can be asked, and how it answers."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import TypeVar

import numpy as np

from namesmith.vocabulary import END, Vocabulary
from namesmith_server.backends.base import Backend, LogProbs
from namesmith_server.engine import frames, stream
from namesmith_server.engine.admitted import Admitted
from namesmith_server.engine.constrained import Constrained
from namesmith_server.engine.errors import NoTableError, UnknownSplitError
from namesmith_server.engine.exact import Exact
from namesmith_server.engine.frames import Frames
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.rejecting import Rejecting
from namesmith_server.engine.results import Loss, Names, Scores
from namesmith_server.engine.sampler import Sampler
from namesmith_server.engine.stream import Codec, Stream
from namesmith_server.engine.tendency import Description, Tendency
from namesmith_server.engine.turns import Turns

T = TypeVar("T")

CHUNK = 1 << 15
"""Symbols that are scored at once."""

TRAINING = "train"
"""The split that novel names are none of."""


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
        codec: Codec,
        block_size: int,
        backend: Backend,
        sampler: Sampler,
        table: LogProbs | None,
        splits: Mapping[str, str],
        executor: Executor,
    ) -> None:
        """Takes the text of each split, and what runs long work off the event loop.

        Raises:
            UnknownCharacterError: a split holds a character outside the vocabulary.
        """
        self.vocabulary = vocabulary
        self.backend = backend
        self._block_size = block_size
        self._sampler = sampler
        self._executor = executor
        self._codec = codec
        self._splits = {
            name: self._codec.encode(text.removesuffix("\n").split("\n"))
            for name, text in splits.items()
        }
        self._description: Description | None = None
        self._describing = asyncio.Lock()
        admitted = Admitted(vocabulary, self._splits.get(TRAINING, np.zeros(0, dtype=np.int64)))
        self._turns = Turns()
        self._exact = (
            None if table is None else Exact(table, admitted, codec, executor, self._turns)
        )
        self._constrained: Constrained = self._exact or Rejecting(
            sampler, admitted, codec, self._turns
        )

    def at_once(self, order: Order) -> Frames | None:
        """The names of an order, where that takes no longer than a few calls; None where it would.

        Raises:
            UnsatisfiableError: as ``generate``.
        """
        if order.scored or not order.plain:
            return None
        return self._sampler.at_once(order)

    async def generate(self, order: Order) -> Names:
        """The names of an order.

        Raises:
            UnsatisfiableError: no name satisfies the constraint.
            GaveUpError: without a table, none was found.
            EngineError: for other constraints than a prefix and lengths, as ``Constrained``.
        """
        if order.plain:
            return await self._generate(order)
        parts = [part async for part in self.stream(order)]
        if len(parts) == 1:
            return parts[0]
        drawn = frames.joined(part.frames for part in parts)
        log_probs = [log_prob for part in parts for log_prob in part.log_probs]
        return parts[-1]._replace(frames=drawn, log_probs=log_probs)

    async def stream(self, order: Order) -> AsyncIterator[Names]:
        """The names of an order, part by part; raises as ``generate``."""
        if order.plain:
            for part in order.parts(self._sampler.part):
                yield await self._generate(part)
            return
        async for drawn in self._constrained.parts(order):
            scored = order.scored and drawn.frames
            log_probs = await self._log_probs_of(drawn.frames) if scored else []
            yield Names(drawn.frames, log_probs, *drawn[1:])

    @property
    def exact(self) -> Exact:
        """Answers questions.

        Raises:
            NoTableError: the model has no table.
        """
        if self._exact is None:
            raise NoTableError
        return self._exact

    async def score(self, names: Sequence[str]) -> Scores:
        """What the model believes of the names, normalised; at least one.

        Raises:
            UnknownCharacterError: a character outside the vocabulary.
        """
        return await self._run(lambda: self._scores(self._codec.encode(names)))

    async def loss(self, names: Sequence[str]) -> Loss:
        """The loss of names, normalised; at least one. Raises as ``score``."""
        return await self._run(lambda: self._loss(self._codec.encode(names)))

    async def split_loss(self, split: str) -> Loss:
        """The loss of a split of the training data.

        Raises:
            UnknownSplitError: the model has no such split.
        """
        if split not in self._splits:
            raise UnknownSplitError(split, tuple(self._splits))
        return await self._run(lambda: self._loss(self._splits[split]))

    async def description(self) -> Description:
        """What the model believes of names as a whole; made once.

        Raises:
            NoTableError: the model has no table.
        """
        exact = self.exact
        async with self._describing:
            if self._description is None:
                tendency = await exact.tendency()
                self._description = await self._run(lambda: self._described(exact, tendency))
        return self._description

    def close(self) -> None:
        """Ends what the model runs."""
        self._sampler.close()
        self._turns.shutdown(cancel_futures=True)

    def _described(self, exact: Exact, tendency: Tendency) -> Description:
        scores = self._scores(exact.training)
        return Description(
            tendency,
            float(np.exp(scores.log_probs).sum()),
            len(scores.log_probs),
            {name: math.exp(self._loss(split).mean) for name, split in self._splits.items()},
        )

    async def _generate(self, order: Order) -> Names:
        drawn = await self._sampler.sample(order)
        return Names(drawn, await self._log_probs_of(drawn) if order.scored else [])

    async def _log_probs_of(self, drawn: Frames) -> list[float]:
        scores = await self._run(lambda: self._scores(self._codec.spell(frames.names(drawn))))
        log_probs: list[float] = scores.log_probs.tolist()
        return log_probs

    def _scores(self, symbols: Stream) -> Scores:
        log_probs = self._log_probs(symbols)
        ends = np.flatnonzero(symbols == END)
        return Scores(stream.sums(log_probs, symbols), log_probs, np.diff(ends, prepend=-1))

    def _loss(self, symbols: Stream) -> Loss:
        total = -float(self._log_probs(symbols).sum(dtype=np.float64))
        return Loss(total, int((symbols == END).sum()), len(symbols))

    def _log_probs(self, symbols: Stream) -> LogProbs:
        """Log P(symbol | context) of each symbol, a chunk at a time."""
        log_probs = np.empty(len(symbols), dtype=np.float32)
        for at in range(0, len(symbols), CHUNK):
            since = max(0, at - self._block_size)  # the first contexts reach back
            chunk = symbols[since : at + CHUNK]
            contexts = stream.contexts_of(chunk, self._block_size)[at - since :]
            log_probs[at : at + CHUNK] = self.backend.chosen(contexts, chunk[at - since :])
        return log_probs

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
