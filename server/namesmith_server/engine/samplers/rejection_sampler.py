"""Rejection sampling: names of a model without a chain, under any constraint, within a bound.

A call draws candidates 0, 1, 2, ...: candidate i is drawn given the prefix, with the random numbers
of row i. A candidate is rejected if its length is not allowed, if its content is not admitted, or,
where distinct names are asked for, if it was accepted before. The accepted candidates, in their
order, are the answer. The call gives up after ``MAX_REJECTED_IN_A_ROW`` rejected candidates in a
row.

    candidate    0      1      2      3      4      5     ...
                 mia    jo     alana  mia    ria    bea          3..3, distinct, pattern .*a
                 row 0  too    too    seen   row 1  row 2
                        short  long

Candidates are independent, so that the accepted ones follow the conditional distribution: without
replacement where they are distinct. Which candidates are drawn together, or ahead of the ones that
are tried, changes no name: candidates behind the one at which the call gives up are not looked at,
and few are drawn where most are rejected.

The DFA counts the admitted names beforehand: a constraint that admits no name is refused at once,
and the search ends after the last distinct name. The probability of the names is not known.
"""

import asyncio
from collections.abc import AsyncIterator

from namesmith.limits import MAX_STREAMED_NAMES
from namesmith_server.engine.batching import BatchScheduler, Candidates
from namesmith_server.engine.concurrency import CooperativeExecutor, Ledger
from namesmith_server.engine.constraints import ConstraintCompiler
from namesmith_server.engine.core import EncodedNames, parts_of_names
from namesmith_server.engine.errors import TooFarError
from namesmith_server.engine.request import GenerateRequest
from namesmith_server.engine.results import NamesChunk
from namesmith_server.engine.samplers.ahead import Ahead
from namesmith_server.engine.samplers.base import PART, Sampler
from namesmith_server.engine.samplers.pace import ALONE, Pace
from namesmith_server.engine.samplers.rejection_search import RejectionSearch
from namesmith_server.engine.samplers.seed_search import SeedSearch


class RejectionSampler(Sampler):
    """A ``Sampler`` that draws candidates on a backend, and rejects some."""

    def __init__(
        self,
        scheduler: BatchScheduler,
        compiler: ConstraintCompiler,
        cooperative: CooperativeExecutor,
        ledger: Ledger | None = None,
    ) -> None:
        """Set the scheduler, which ``close`` ends, the compiler, and the executor of long work.

        The ledger counts the bytes of searches; None: no bound.
        """
        self._ledger = Ledger() if ledger is None else ledger
        self._scheduler = scheduler
        self._compiler = compiler
        self._cooperative = cooperative

    async def sample(self, request: GenerateRequest) -> NamesChunk:
        """Draw all names of a request, as many candidates together as it can need."""
        if request.seeds is not None:
            return await self._sample_seeds(request)
        chunks = [chunk async for chunk in self._search(request, None)]
        return NamesChunk.concatenate(chunks)

    def stream(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        """Draw the names of a request, a chunk at a time: a reader that pauses stops the draws.

        The last chunk says whether the search gave up.
        """
        return self._search(request, Pace(self._scheduler))

    def close(self) -> None:
        """End the scheduler's thread."""
        self._scheduler.close()

    async def _sample_seeds(self, request: GenerateRequest) -> NamesChunk:
        """Draw a name for each seed of a request."""
        search = SeedSearch(request, (await self._begin(request)).name_filter)
        with self._ledger.lend(search, search.size), self._scheduler.call() as call:
            return NamesChunk(await search.run(self._scheduler, self._cooperative, call))

    async def _search(
        self, request: GenerateRequest, pace: Pace | None
    ) -> AsyncIterator[NamesChunk]:
        """Yield accepted names, at the pace of a stream, or all that are missing at once."""
        search = await self._begin(request)
        with self._ledger.lend(search, search.size), self._scheduler.call() as call:
            async for chunk in self._chunks(search, request, pace, call):
                yield chunk

    async def _chunks(
        self, search: RejectionSearch, request: GenerateRequest, pace: Pace | None, call: object
    ) -> AsyncIterator[NamesChunk]:
        async with Ahead[Candidates]() as ahead:
            while search.accepted < search.wanted:
                while len(ahead) < (pace.pieces if pace else ALONE):
                    first = search.begun
                    count = search.begin(pace.next_size() if pace else max(request.count, PART))
                    if not count:
                        break
                    group = request._replace(count=count, first_row=first)
                    ahead.begin(self._scheduler.draw(group, caller=call))
                names = await self._accept(search, await ahead.next())
                if search.has_given_up:
                    search.check_found()
                    acceptance = search.accepted / search.tried
                    yield NamesChunk(names, acceptance=acceptance, gave_up=True)
                    return
                if names.size:
                    exhausted = search.accepted == search.wanted < request.first_row + request.count
                    acceptance = search.accepted / search.last_accepted
                    *parts, last = parts_of_names(names, PART) if pace else [names]
                    for part in parts:
                        yield NamesChunk(part, acceptance=acceptance)
                    yield NamesChunk(last, None, exhausted, acceptance)

    async def _begin(self, request: GenerateRequest) -> RejectionSearch:
        """Return the search of a request; raise the errors of ``stream``."""
        if request.first_row + request.count > MAX_STREAMED_NAMES:
            raise TooFarError(
                f"{request.first_row} and the count {request.count}: a model without a chain draws"
                f" the rows before too, at most {MAX_STREAMED_NAMES} in all"
            )
        if request.is_unconstrained:
            return RejectionSearch(request)
        loop = asyncio.get_running_loop()
        return await self._ledger.run(
            lambda claim: loop.run_in_executor(
                self._cooperative.within(claim), RejectionSearch.compiled, request, self._compiler
            )
        )

    async def _accept(self, search: RejectionSearch, candidates: Candidates) -> EncodedNames:
        """Return the accepted names; content and repetitions are looked up off the event loop."""
        if search.name_filter is None:
            return search.accept(candidates)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._cooperative, search.accept, candidates)
