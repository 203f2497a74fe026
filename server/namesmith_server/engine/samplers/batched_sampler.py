"""The sampler of names under prefix and lengths on a backend, for a model with a chain."""

import asyncio
from collections.abc import AsyncIterator

from namesmith_server.engine.batching import BatchScheduler
from namesmith_server.engine.request import GenerateRequest
from namesmith_server.engine.results import NamesChunk
from namesmith_server.engine.samplers.base import Sampler
from namesmith_server.engine.samplers.chain_cache import ConditionedChains

CHUNK = 512
"""Number of names of a stream that are drawn at once: each takes memory until the last name has
ended."""


class BatchedSampler(Sampler):
    """A ``Sampler`` on a backend, whose next symbols are weighed by the completions of a chain."""

    def __init__(self, scheduler: BatchScheduler, chains: ConditionedChains) -> None:
        """Set the scheduler, which ``close`` ends, and the chains that weigh next symbols."""
        self._scheduler = scheduler
        self._chains = chains

    async def sample(self, request: GenerateRequest) -> NamesChunk:
        """Draw the names of a request."""
        sampling, constraint = request.sampling, request.constraint
        chain = self._chains.peek(sampling, constraint)
        if chain is None:
            chain = await self._chains.get(sampling, constraint)
        else:
            self._chains.count_hit(chain)
        start = chain.start_or_none(constraint.prefix)
        if start is None:
            await asyncio.to_thread(chain.start, constraint.prefix)  # raises
        with self._chains.lend(chain):
            return NamesChunk((await self._scheduler.draw(request, chain, start)).names)

    async def stream(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        """Draw the names of a request, a chunk at a time: a reader that pauses stops the draws."""
        for part in request.split(CHUNK):
            yield await self.sample(part)

    def close(self) -> None:
        """End the scheduler's thread."""
        self._scheduler.close()
