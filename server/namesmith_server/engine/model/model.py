"""A model that is loaded: it samples, scores, evaluates and answers questions."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from namesmith.keys import bearable_keys
from namesmith_server.engine.codec import Codec
from namesmith_server.engine.concurrency import CooperativeExecutor
from namesmith_server.engine.core import Counts, EncodedNames, Int64s, name_count
from namesmith_server.engine.distributions import Sampling
from namesmith_server.engine.keys import NO_NUMBER, Secret, UniqueScheme, seeds_of_keys
from namesmith_server.engine.model.inference import Description, Inference
from namesmith_server.engine.model.ingredients import Ingredients
from namesmith_server.engine.model.scorer import Scorer
from namesmith_server.engine.model.shared_value import SharedValue
from namesmith_server.engine.model.split_losses import SplitLosses
from namesmith_server.engine.numbering import NumberedNames
from namesmith_server.engine.request import Constraint, GenerateRequest
from namesmith_server.engine.results import (
    KeyNames,
    Loss,
    NamesChunk,
    Plausibilities,
    Scores,
    SplitLoss,
    UniqueNames,
)
from namesmith_server.engine.samplers import Sampler

FEW_KEYS = 64
"""Largest number of keys whose seeds are computed on the event loop: some 0.2 ms."""

T = TypeVar("T")


class Model:
    """A model's operations, used from one event loop; ``assembly`` puts it together.

    Attributes:
        vocabulary: symbols of the model.
        codec: codec between text and encoded names.
        backend: backend that computes the model's probabilities.
        inference: part that answers questions.
        ingredients: contents that the model was assembled from.
    """

    def __init__(  # noqa: PLR0913 - the parts of a model
        self,
        ingredients: Ingredients,
        *,
        scorer: Scorer,
        sampler: Sampler,
        inference: Inference,
        training: Callable[[], EncodedNames],
        splits: Mapping[str, EncodedNames],
        counts: Mapping[str, Counts],
        cooperative: CooperativeExecutor,
    ) -> None:
        """Set the parts of the model.

        Args:
            ingredients: contents that the model was assembled from.
            scorer: scorer on the backend, or on what is kept of its answers.
            sampler: sampler that draws the names.
            inference: part that answers questions.
            training: function that returns the distinct names of the training split.
            splits: encoded names of each split, by the name of the split.
            counts: count of each name, int64 [names], of the splits whose names have counts.
            cooperative: executor of long work, which ``close`` shuts down.
        """
        self.vocabulary = ingredients.vocabulary
        self.codec = Codec(ingredients.vocabulary)
        self.backend = ingredients.backend
        self.ingredients = ingredients
        self._scorer = scorer
        self._sampler = sampler
        self.inference = inference
        self._training = training
        self._splits = splits
        self._counts = counts
        self._executor = ingredients.executor
        self._cooperative = cooperative
        self._split_losses = SplitLosses(self._scorer, splits, counts, training, self.run)
        self._description = SharedValue(self._describe)
        self._plausibility_scale = SharedValue(
            lambda: inference.plausibility_scale(scorer.name_log_probs)
        )

    def try_generate_inline(self, request: GenerateRequest) -> EncodedNames | None:
        """Draw the names of a request inline, where that takes no longer than a few calls.

        Returns None where the caller must call ``generate``: the names would take longer, or their
        log-probabilities are asked for, or no name can be drawn.
        """
        return None if request.with_log_probs else self._sampler.try_sample_inline(request)

    async def generate(self, request: GenerateRequest) -> NamesChunk:
        """Draw all names of a request; raise the errors of ``Sampler.stream``."""
        return await self._with_log_probs(request, await self._sampler.sample(request))

    async def name_keys(
        self, keys: Sequence[bytes], secret: Secret, sampling: Sampling, constraint: Constraint
    ) -> KeyNames:
        """Draw the name of each key, at least one; raise the errors of ``Sampler.stream``.

        A name is a function of its key, the secret, the model, the sampling and the constraint.
        """
        if len(keys) <= FEW_KEYS:
            seeds = seeds_of_keys(secret, keys)
        else:
            loop = asyncio.get_running_loop()
            seeds = await loop.run_in_executor(self._cooperative, seeds_of_keys, secret, keys)
        request = GenerateRequest(len(keys), 0, sampling, constraint, seeds=seeds)
        names = self._sampler.try_sample_inline(request)
        if names is None:
            names = (await self._sampler.sample(request)).names
        same = await self.inference.collision_probability(sampling, constraint)
        return KeyNames(names, same, bearable_keys(same))

    async def name_numbers(
        self, numbers: Int64s, scheme: UniqueScheme, constraint: Constraint, capacity: int
    ) -> UniqueNames:
        """Return the unique name of each number in [0, capacity), at least one.

        Raises the errors of ``Inference.number``.
        """

        def name(numbered: NumberedNames) -> UniqueNames:
            names = scheme.names_of(numbered, numbers)
            return UniqueNames(names, numbered.names, numbered.floor)

        return await self.inference.number(constraint, capacity, name)

    async def numbers_of(
        self, names: Sequence[str], scheme: UniqueScheme, constraint: Constraint, capacity: int
    ) -> Int64s:
        """Return the number of each unique name, -1 where it has none, int64 [names].

        Raises the errors of ``Inference.number``.
        """

        def number(numbered: NumberedNames) -> Int64s:
            encoded, known = self.codec.encode_known(names)
            numbers = np.full(len(names), NO_NUMBER)
            numbers[known] = scheme.numbers_of(numbered, encoded)
            return numbers

        return await self.inference.number(constraint, capacity, number)

    async def stream(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        """Draw the names of a request, chunk by chunk; raise the errors of ``Sampler.stream``."""
        async for chunk in self._sampler.stream(request):
            yield await self._with_log_probs(request, chunk)

    async def score(self, names: Sequence[str]) -> Scores:
        """Compute the log-probabilities of at least one name, each normalised first.

        Raises:
            UnknownCharacterError: a name holds a character outside the vocabulary.
        """
        return await self.run(lambda: self._scorer.scores(self.codec.encode(names)))

    async def plausibilities(self, scores: Scores) -> Plausibilities:
        """Return how plausible names are that have these scores.

        The first call finds the distribution of the model's own names, which is kept.

        Raises:
            MemoryShortError: memory is short.
            TooManyPendingError: too much other work waits.
        """
        scale = await self._plausibility_scale.get()
        return Plausibilities(scale.plausibilities(scores.log_probs), scale.resolution, scale.draws)

    async def loss(self, names: Sequence[str]) -> Loss:
        """Compute the loss of at least one name, each normalised first.

        Raises:
            UnknownCharacterError: a name holds a character outside the vocabulary.
        """
        return await self.run(lambda: self._scorer.loss(self.codec.encode(names)))

    async def split_loss(self, split: str) -> SplitLoss:
        """Compute the loss of a split of the model's own data.

        Raises:
            UnknownSplitError: the model lacks the split.
        """
        return await self._split_losses.loss(split, is_chain=self.inference.is_exact)

    async def description(self) -> Description:
        """Return the statistics of all names, computed at the first call and kept.

        Raises:
            NoChainError: the model has no chain.
        """
        return await self._description.get()

    async def run(self, work: Callable[[], T]) -> T:
        """Run short work off the event loop and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def forget(self) -> None:
        """Drop the values that are kept for later calls, on the event loop; none may come."""
        self.inference.forget()

    def close(self) -> None:
        """End the threads of the model; requests in flight are cancelled."""
        self._sampler.close()
        self._cooperative.shutdown(cancel_futures=True)

    async def _describe(self) -> Description:
        statistics = await self.inference.statistics()
        training_probability = await self._split_losses.training_probability()
        return await self.run(
            lambda: Description(
                statistics,
                training_probability,
                name_count(self._training()),
                {
                    name: math.exp(self._scorer.loss(split, self._counts.get(name)).mean)
                    for name, split in self._splits.items()
                },
            )
        )

    async def _with_log_probs(self, request: GenerateRequest, chunk: NamesChunk) -> NamesChunk:
        if not request.with_log_probs:
            return chunk
        if not len(chunk.names):
            return chunk._replace(log_probs=np.zeros(0))
        return chunk._replace(
            log_probs=await self.run(lambda: self._scorer.name_log_probs(chunk.names))
        )
