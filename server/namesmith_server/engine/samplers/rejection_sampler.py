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

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import MAX_REJECTED_IN_A_ROW, MAX_STREAMED_NAMES
from namesmith_server.engine.batching import BatchScheduler, Candidates
from namesmith_server.engine.concurrency import CooperativeExecutor, Ledger
from namesmith_server.engine.constraints import BoundedDfa, ConstraintCompiler, NameFilter
from namesmith_server.engine.core import (
    EncodedNames,
    chosen_names,
    name_count,
    parts_of_names,
    split_names,
)
from namesmith_server.engine.errors import GaveUpError, TooFarError, UnsatisfiableError
from namesmith_server.engine.request import GenerateRequest
from namesmith_server.engine.results import NamesChunk
from namesmith_server.engine.samplers.ahead import Ahead
from namesmith_server.engine.samplers.base import PART, Sampler
from namesmith_server.engine.samplers.pace import ALONE, Pace
from namesmith_server.engine.samplers.seed_search import SeedSearch

MAX_CANDIDATES = 1_024
"""Largest number of candidates that are drawn together, or the number of names that are looked for,
where that is larger: each candidate takes memory until the last one has ended."""

MIN_CANDIDATES = 64
"""Least number of candidates that are drawn together for content or distinct names."""

SEEN_BYTES = 400
"""Most bytes that a name takes which a search has accepted before: its symbols, in a set."""


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
        self, search: "_Search", request: GenerateRequest, pace: Pace | None, call: object
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
                    if search.accepted <= request.first_row:
                        raise GaveUpError(MAX_REJECTED_IN_A_ROW)
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

    async def _begin(self, request: GenerateRequest) -> "_Search":
        """Return the search of a request; raise the errors of ``stream``."""
        if request.first_row + request.count > MAX_STREAMED_NAMES:
            raise TooFarError(
                f"{request.first_row} and the count {request.count}: a model without a chain draws"
                f" the rows before too, at most {MAX_STREAMED_NAMES} in all"
            )
        if request.is_unconstrained:
            return _Search(request)
        loop = asyncio.get_running_loop()
        return await self._ledger.run(
            lambda claim: loop.run_in_executor(
                self._cooperative.within(claim), _compiled, request, self._compiler
            )
        )

    async def _accept(self, search: "_Search", candidates: Candidates) -> EncodedNames:
        """Return the accepted names; content and repetitions are looked up off the event loop."""
        if search.name_filter is None:
            return search.accept(candidates)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._cooperative, search.accept, candidates)


def _compiled(request: GenerateRequest, compiler: ConstraintCompiler) -> "_Search":
    """Return the search of a request for content or distinct names."""
    name_filter = compiler.name_filter(request.constraint.content, request.constraint.max_length)
    search = _Search(request, name_filter)
    prefix, min_length, max_length, _ = request.constraint
    names = BoundedDfa(name_filter.dfa, prefix, min_length, max_length)
    available = int(names.count(search.wanted if request.distinct else 1))
    if not available:
        raise UnsatisfiableError("no name satisfies the constraint")
    if request.distinct:
        search.wanted = available
    return search


class _Search:
    """The progress of one request.

    Attributes:
        name_filter: test of the names; None where every name is admitted, any number of times.
        wanted: number of accepted names that end the search.
        accepted: number of names accepted so far.
        begun: number of candidates that have been drawn or are in work.
        tried: number of candidates tried so far.
        last_accepted: number of candidates tried when the last name was accepted.
    """

    def __init__(self, request: GenerateRequest, name_filter: NameFilter | None = None) -> None:
        self.name_filter = name_filter
        self.wanted = request.first_row + request.count
        self.accepted = self.begun = self.tried = self.last_accepted = 0
        self._first_row = request.first_row
        self._seen: set[bytes] | None = set() if request.distinct else None

    @property
    def size(self) -> int:
        """Most bytes that the search holds."""
        table = 0 if self.name_filter is None else self.name_filter.size
        return table + (0 if self._seen is None else self.wanted * SEEN_BYTES)

    @property
    def has_given_up(self) -> bool:
        """True if too many candidates in a row were rejected before the last name was found."""
        is_searching = self.accepted < self.wanted
        return is_searching and self.tried - self.last_accepted >= MAX_REJECTED_IN_A_ROW

    def begin(self, together: int) -> int:
        """Count the candidates to draw next as begun, to find ``together`` names at most.

        The rate so far tells the number, at least as many as were rejected in a row; where most
        were rejected, the last one is at most the candidate at which the search gives up. While
        others are in work, it is no more than they leave to be found.

        Returns the number of candidates; 0 while enough of them are in work.
        """
        missing = min(self.wanted - self.accepted, together)
        rejected = self.tried - self.last_accepted
        count, in_work = self._expected(missing), self.begun - self.tried
        if in_work:
            count = min(count, self._expected(self.wanted - self.accepted) - in_work)
        else:
            count = max(count, rejected, 1 if self.name_filter is None else MIN_CANDIDATES)
        most = max(missing, MAX_CANDIDATES)
        if not self.accepted or 2 * self.accepted < self.tried:
            most = min(most, MAX_REJECTED_IN_A_ROW - rejected - in_work)
        count = max(min(count, most), 0)
        self.begun += count
        return count

    def _expected(self, names: int) -> int:
        """Return the number of candidates among which a number of names is expected."""
        return -(-names * (self.tried + 1) // (self.accepted + 1))

    def accept(self, candidates: Candidates) -> EncodedNames:
        """Return the names of the next candidates that are accepted, from the first row on."""
        names, fits = candidates
        if self.name_filter is None and self.tried == self._first_row == 0 and fits.all():
            self.accepted = self.tried = self.last_accepted = len(fits)
            return names  # nearly every plain call: nothing is rejected
        admitted = np.ones(name_count(names), dtype=bool)
        if self.name_filter is not None:
            admitted = self.name_filter.admitted(names)
        if self._seen is not None:
            self._reject_seen(names, admitted, self._seen)
        rows = self.accepted + np.cumsum(admitted) - 1
        admitted &= rows < self.wanted
        self._reject_late(admitted, self.tried + 1 + np.flatnonzero(fits))
        if admitted.any():
            self.accepted += int(np.count_nonzero(admitted))
            self.last_accepted = self.tried + 1 + int(np.flatnonzero(fits)[admitted][-1])
        self.tried += len(fits)
        if self.has_given_up:  # at the candidate at which nothing behind it was tried
            self.tried = self.last_accepted + MAX_REJECTED_IN_A_ROW
        return chosen_names(names, admitted & (rows >= self._first_row))

    def _reject_late(self, admitted: NDArray[np.bool_], numbers: NDArray[np.int64]) -> None:
        """Clear the places of admitted names behind the candidate at which the search gives up.

        Args:
            admitted: whether each name is admitted, bool [names].
            numbers: number of each name's candidate in the search, from 1, int64 [names].
        """
        places = np.flatnonzero(admitted)
        gaps = np.diff(numbers[places], prepend=self.last_accepted)
        late = np.flatnonzero(gaps > MAX_REJECTED_IN_A_ROW)
        if late.size:
            admitted[places[late[0]] :] = False

    @staticmethod
    def _reject_seen(names: EncodedNames, admitted: NDArray[np.bool_], seen: set[bytes]) -> None:
        """Clear the places of admitted names that are in ``seen``, and add the others to it."""
        for place, name in enumerate(split_names(names)):
            if place < len(admitted) and admitted[place]:
                raw = name.tobytes()
                admitted[place] = raw not in seen
                seen.add(raw)
