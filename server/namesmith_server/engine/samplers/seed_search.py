"""Rejection sampling of a name for each of many seeds: no name depends on the others.

Candidate i of a seed is drawn with the random numbers of the seed's row i, and the first accepted
one is the seed's name: the name that a request for one name of the seed has.

    seed    row 0   row 1   row 2          rows are drawn together for all seeds that still have
    a       mia                            no name: one row, then two, four, ...
    b       jo      ria
    c       x       jo      alana

The search ends in an error where one seed has no name among its first ``MAX_REJECTED_IN_A_ROW``
candidates.
"""

import asyncio

import numpy as np

from namesmith.limits import MAX_REJECTED_IN_A_ROW
from namesmith_server.engine.batching import BatchScheduler, Candidates
from namesmith_server.engine.concurrency import CooperativeExecutor
from namesmith_server.engine.constraints import NameFilter
from namesmith_server.engine.core import EncodedNames, chosen_names, name_places, places_within
from namesmith_server.engine.errors import GaveUpError
from namesmith_server.engine.markov import blank_rows, packed_rows
from namesmith_server.engine.request import GenerateRequest

MAX_CANDIDATES = 1_024
"""Largest number of candidates that are drawn together, or the number of seeds without a name,
where that is larger."""


class SeedSearch:
    """The search of a name for each seed of a request."""

    def __init__(self, request: GenerateRequest, name_filter: NameFilter | None) -> None:
        """Set the request, which has seeds, and the test of its content; None: it has none."""
        assert request.seeds is not None  # noqa: S101 - the caller's choice
        self._request, self._seeds, self._name_filter = request, request.seeds, name_filter
        self._names = blank_rows(request.count, (), request.constraint.max_length)
        self._has_name = np.zeros(request.count, dtype=bool)
        self._missing = np.arange(request.count)
        self._tried = 0

    @property
    def size(self) -> int:
        """Number of bytes that the search holds."""
        return self._names.nbytes + (0 if self._name_filter is None else self._name_filter.size)

    async def run(
        self, scheduler: BatchScheduler, cooperative: CooperativeExecutor, call: object
    ) -> EncodedNames:
        """Return the names, in the order of the seeds.

        Args:
            scheduler: scheduler that draws the candidates.
            cooperative: executor in which candidates are accepted.
            call: whoever the draws are counted for.

        Raises:
            GaveUpError: a seed has no name among its first candidates.
        """
        loop, rows = asyncio.get_running_loop(), 1
        while self._missing.size:
            rows = min(rows, MAX_REJECTED_IN_A_ROW - self._tried)
            if not rows:
                raise GaveUpError(MAX_REJECTED_IN_A_ROW)
            together = [scheduler.draw(one, caller=call) for one in self._next(rows)]
            drawn = await asyncio.gather(*together)
            await loop.run_in_executor(cooperative, self._accept, drawn)
            self._tried += rows
            rows = min(2 * rows, max(1, MAX_CANDIDATES // max(1, self._missing.size)))
        return packed_rows(self._names)

    def _next(self, rows: int) -> list[GenerateRequest]:
        """Return a request for each of the next rows of the seeds that have no name."""
        seeds = self._seeds[self._missing]
        own = self._request._replace(count=len(seeds), seeds=seeds)
        return [own._replace(first_row=self._tried + row) for row in range(rows)]

    def _accept(self, drawn: list[Candidates]) -> None:
        """Give each seed without a name the first of its candidates that is accepted."""
        for names, fits in drawn:
            seeds = self._missing[fits]
            if not seeds.size:
                continue
            accepted = ~self._has_name[seeds]
            if self._name_filter is not None:
                accepted &= self._name_filter.admitted(names)
            places = np.repeat(seeds[accepted], name_places(names)[1][accepted] + 1)
            self._names[places, places_within(places)] = chosen_names(names, accepted)
            self._has_name[places] = True
        self._missing = self._missing[~self._has_name[self._missing]]
