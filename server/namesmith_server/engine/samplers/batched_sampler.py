"""The sampler of unconstrained names on a backend, in the batches of the scheduler."""

import asyncio
from collections.abc import AsyncIterator

from namesmith_server.engine.batching import BatchScheduler, ScheduledRequest
from namesmith_server.engine.core import EncodedNames
from namesmith_server.engine.request import GenerateRequest
from namesmith_server.engine.results import NamesChunk
from namesmith_server.engine.samplers.base import Sampler
from namesmith_server.engine.samplers.chain_cache import ConditionedChains

CHUNK = 512
"""Largest number of names of a stream that are drawn at once: each takes memory until the last name
has ended."""


class BatchedSampler(Sampler):
    """A ``Sampler`` of unconstrained names on a backend."""

    def __init__(self, scheduler: BatchScheduler, chains: ConditionedChains | None) -> None:
        """Set the scheduler, and the chains that weigh next symbols; None for no table."""
        self._scheduler = scheduler
        self._chains = chains

    async def sample(self, request: GenerateRequest) -> NamesChunk:
        """Draw the names of a request; a name whose length does not fit is drawn again."""
        sampling, constraint = request.sampling, request.constraint
        chain = start = None
        if self._chains is not None:
            chain = self._chains.peek(sampling, constraint)
            chain = chain or await self._chains.get(sampling, constraint)
            start = chain.start_or_none(constraint.prefix)
            if start is None:
                await asyncio.to_thread(chain.start, constraint.prefix)  # raises
        names: asyncio.Future[EncodedNames] = asyncio.get_running_loop().create_future()
        self._scheduler.add(ScheduledRequest(request, chain, start, names))
        return NamesChunk(await names)

    async def stream(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        """Draw the names of a request, a chunk at a time: a reader that pauses stops the draws."""
        for part in request.split(CHUNK):
            yield await self.sample(part)

    def close(self) -> None:
        """End the scheduler's thread."""
        self._scheduler.close()
