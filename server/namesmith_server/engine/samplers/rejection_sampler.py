"""Rejection sampling: names under any constraint from a model without a table, within a bound.

The candidates are the names that the same request draws with its prefix and lengths alone; the
candidates that the constraint admits, in their order, are the answer. Candidates are independent,
so that the accepted candidates follow the conditional distribution. Where distinct names are asked
for, a name that was accepted before is rejected too: sampling without replacement.

The DFA counts the admitted names beforehand: a constraint that admits no name is refused at once,
and the search ends after the last distinct name. The probability of the names is not known.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np

from namesmith.limits import MAX_REJECTED_IN_A_ROW
from namesmith_server.engine.concurrency import CooperativeExecutor
from namesmith_server.engine.constraints import DEAD, ConstraintCompiler, Dfa
from namesmith_server.engine.core import EncodedNames, Floats, split_names
from namesmith_server.engine.errors import GaveUpError, UnsatisfiableError
from namesmith_server.engine.request import Constraint, GenerateRequest
from namesmith_server.engine.results import NamesChunk
from namesmith_server.engine.samplers.base import Sampler

MAX_CANDIDATES = 1_024
"""Largest number of candidates that are drawn together."""

MIN_CANDIDATES = 64
"""Least number of candidates that are drawn together."""


class RejectionSampler(Sampler):
    """A ``Sampler`` of names under any constraint, on a sampler of unconstrained names."""

    def __init__(
        self, sampler: Sampler, compiler: ConstraintCompiler, cooperative: CooperativeExecutor
    ) -> None:
        self._sampler = sampler
        self._compiler = compiler
        self._cooperative = cooperative

    async def stream(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        """Draw candidates and yield accepted names; the last chunk says whether it gave up."""
        loop = asyncio.get_running_loop()
        search = await loop.run_in_executor(self._cooperative, self._begin, request)
        unconstrained = request.constraint._replace(content=())
        candidates = request._replace(constraint=unconstrained, distinct=False)
        while search.accepted < search.wanted:
            some = candidates._replace(count=search.next_count, first_row=search.tried)
            before = search.accepted
            try:
                names = search.accept((await self._sampler.sample(some)).names)
                search.check_progress()
            except GaveUpError:
                if search.accepted <= request.first_row:
                    raise
                nothing = np.zeros(0, dtype=np.int32)
                acceptance = search.accepted / search.tried
                yield NamesChunk(nothing, acceptance=acceptance, gave_up=True)
                return
            names = names[max(0, request.first_row - before) :]
            if names:
                exhausted = search.accepted == search.wanted < request.first_row + request.count
                acceptance = search.accepted / search.last_accepted
                yield NamesChunk(np.concatenate(names), None, exhausted, acceptance)

    def _begin(self, request: GenerateRequest) -> "_Search":
        """Return the search of a request; raise the errors of ``stream``."""
        dfa = self._compiler.compile(request.constraint.content, request.constraint.max_length)
        wanted = request.first_row + request.count
        available = count_names(dfa, request.constraint, wanted if request.distinct else 1)
        if not available:
            raise UnsatisfiableError("no name satisfies the constraint")
        return _Search(dfa, available if request.distinct else wanted, request.distinct)


@dataclass
class _Search:
    """The progress of one request.

    Attributes:
        dfa: DFA of the admitted names.
        wanted: number of accepted names that end the search.
        distinct: whether no name may be accepted twice.
        accepted: number of names accepted so far.
        tried: number of candidates tried so far.
        last_accepted: number of candidates tried when the last name was accepted.
    """

    dfa: Dfa
    wanted: int
    distinct: bool
    accepted: int = 0
    tried: int = 0
    last_accepted: int = 0
    _seen: set[bytes] = field(default_factory=set)

    @property
    def next_count(self) -> int:
        """Number of candidates to draw together next."""
        return min(MAX_CANDIDATES, max(self.wanted - self.accepted, MIN_CANDIDATES, self.tried))

    def check_progress(self) -> None:
        """Check that the search has not rejected too many candidates in a row.

        Raises:
            GaveUpError: ``MAX_REJECTED_IN_A_ROW`` candidates in a row were rejected.
        """
        rejected = self.tried - self.last_accepted
        if rejected >= MAX_REJECTED_IN_A_ROW:
            raise GaveUpError(
                f"{rejected} names in a row did not satisfy the constraint,"
                f" {self.accepted} of {self.tried} did (acceptance rate"
                f" {self.accepted / self.tried:.2g}); this model has no table, which would answer"
                " exactly"
            )

    def accept(self, candidates: EncodedNames) -> list[EncodedNames]:
        """Return the accepted names of the next candidates, until ``wanted`` names are accepted."""
        admitted = self.dfa.admitted(candidates).tolist()
        accepted: list[EncodedNames] = []
        for name, is_admitted in zip(split_names(candidates), admitted, strict=True):
            self.tried += 1
            if not is_admitted or (self.distinct and self._is_seen(name)):
                continue
            self.accepted, self.last_accepted = self.accepted + 1, self.tried
            accepted.append(name)
            if self.accepted == self.wanted:
                break
        return accepted

    def _is_seen(self, name: EncodedNames) -> bool:
        """Tell whether a name was accepted before, and remember the name."""
        raw = name.tobytes()
        seen = raw in self._seen
        self._seen.add(raw)
        return seen


def count_names(dfa: Dfa, constraint: Constraint, most: int) -> int:
    """Count the names that a DFA and a constraint's prefix and lengths admit, up to ``most``."""
    ways: Floats = np.zeros(len(dfa.table))  # number of names of one length that lead to each state
    start, total = dfa.after(constraint.prefix), 0.0
    if start != DEAD:
        ways[start] = 1
    for length in range(len(constraint.prefix), constraint.max_length + 1):
        if length >= constraint.min_length:
            total += float(ways @ dfa.accepting)
        live = np.flatnonzero(ways)
        if total >= most or not live.size:
            break
        after = dfa.table[live]
        onward = np.where(after == DEAD, len(ways), after)
        weights = np.broadcast_to(ways[live, None], onward.shape)
        ways = np.bincount(onward.ravel(), weights.ravel(), len(ways) + 1)[:-1].astype(np.float64)
    return int(min(total, most))
