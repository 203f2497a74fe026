"""The sampler of names under prefix and lengths on a backend, for a model with a chain."""

import asyncio
from collections.abc import AsyncIterator

from namesmith_server.engine.batching import BatchScheduler, Candidates
from namesmith_server.engine.core import parts_of_names
from namesmith_server.engine.markov import ConditionedChain, Start
from namesmith_server.engine.request import GenerateRequest
from namesmith_server.engine.results import NamesChunk
from namesmith_server.engine.samplers.ahead import Ahead
from namesmith_server.engine.samplers.base import PART, Sampler
from namesmith_server.engine.samplers.chain_cache import ConditionedChains
from namesmith_server.engine.samplers.pace import Pace


class BatchedSampler(Sampler):
    """A ``Sampler`` on a backend, whose next symbols are weighed by the completions of a chain."""

    def __init__(self, scheduler: BatchScheduler, chains: ConditionedChains) -> None:
        """Set the scheduler, which ``close`` ends, and the chains that weigh next symbols."""
        self._scheduler = scheduler
        self._chains = chains

    async def sample(self, request: GenerateRequest) -> NamesChunk:
        """Draw the names of a request."""
        chain, start = await self._find(request)
        with self._chains.lend(chain), self._scheduler.call() as call:
            return NamesChunk((await self._scheduler.draw(request, chain, start, call)).names)

    async def stream(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        """Draw the names of a request, a chunk at a time: a reader that pauses stops the draws."""
        chain, start = await self._find(request)
        with self._chains.lend(chain), self._scheduler.call() as call:
            pace, begun = Pace(self._scheduler), 0
            async with Ahead[Candidates]() as ahead:
                while begun < request.count or len(ahead):
                    while begun < request.count and len(ahead) < pace.pieces:
                        count = min(pace.next_size(), request.count - begun)
                        part = request.part(begun, count)
                        ahead.begin(self._scheduler.draw(part, chain, start, call))
                        begun += count
                    for names in parts_of_names((await ahead.next()).names, PART):
                        yield NamesChunk(names)

    def close(self) -> None:
        """End the scheduler's thread."""
        self._scheduler.close()

    async def _find(self, request: GenerateRequest) -> tuple[ConditionedChain, Start]:
        """Return the chain of a request and the place behind its prefix."""
        sampling, constraint = request.sampling, request.constraint
        chain = self._chains.peek(sampling, constraint)
        if chain is None:
            chain = await self._chains.get(sampling, constraint)
        else:
            self._chains.count_hit(chain)
        start = chain.start_or_none(constraint.prefix)
        if start is None:
            start = await asyncio.to_thread(chain.start, constraint.prefix)  # raises
        return chain, start
