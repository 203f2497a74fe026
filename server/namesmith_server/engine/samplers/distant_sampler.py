"""Names of a chain that keep a distance from the training names, drawn from the exact distribution.

The automaton of all names within two edits of 24,000 names would have tens of millions of states.
So a name is drawn under all other constraints, and drawn again while it is near a training name:
the first that is not near follows the conditional distribution. Candidate c of a row has the row's
own random numbers, so that a row depends on the seed and its number alone. A row whose first
candidates are near is drawn from the list of all names that are not, where they are few.

    row    candidate 0    1       2
    5      anna  near     amna near     zyla
    6      tovaro
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import MAX_REJECTED_IN_A_ROW
from namesmith_server.engine.concurrency import Claim, CooperativeExecutor
from namesmith_server.engine.constraints import Neighbourhood
from namesmith_server.engine.core import (
    EncodedNames,
    checkpoint,
    chosen_names,
    name_count,
    name_places,
    packed_rows,
    parts_of_names,
    places_within,
)
from namesmith_server.engine.distributions import Keys, draws, uniforms
from namesmith_server.engine.errors import GaveUpError, UnsatisfiableError
from namesmith_server.engine.markov import (
    ConditionedChain,
    DistantNames,
    GumbelRanking,
    best_distant_names,
    blank_rows,
    listed_distant_names,
)
from namesmith_server.engine.request import GenerateRequest
from namesmith_server.engine.results import NamesChunk
from namesmith_server.engine.samplers.base import PART, Sampler
from namesmith_server.engine.samplers.chain_cache import ConditionedChains
from namesmith_server.engine.samplers.chain_sampler import draw_by_keys

ROWS = 1 << 10
"""Number of names of a request that are drawn before others have their turn to be read."""

CANDIDATES = 1 << 10
"""Least number of candidates that are drawn together: several of each row, where rows are few."""

LISTED_AFTER = 100
"""Number of candidates of a row that are near after which it is drawn from the list of all names
that are not, where there is one."""

FIRST_COUNTER = np.uint64(1 << 33)
"""Counter of a row's random numbers at which the keys of its further candidates begin, behind those
of symbols and of a beam search."""

LISTED_COUNTER = FIRST_COUNTER + np.uint64(MAX_REJECTED_IN_A_ROW)
"""Counter of a row's random number that chooses among listed names."""

TOO_NEAR = "nearly every name of the other constraints is near a training name"
"""The reason that names are not found."""


class DrawnRows(NamedTuple):
    """Names of rows in a row.

    Attributes:
        names: encoded names; those of the rows before the one that gave up.
        tried: number of candidates up to the last name.
        gave_up: whether all candidates of a row were near.
    """

    names: EncodedNames
    tried: int
    gave_up: bool


class DistantSampler(Sampler):
    """A ``Sampler`` of a chain, which leaves requests without a margin to another."""

    def __init__(
        self, other: Sampler, chains: ConditionedChains, cooperative: CooperativeExecutor
    ) -> None:
        """Set the sampler of the other requests, the chains, and the executor of long work."""
        self._other = other
        self._chains = chains
        self._cooperative = cooperative

    def try_sample_inline(self, request: GenerateRequest) -> EncodedNames | None:
        """Leave the request to the other sampler; None where it has a margin."""
        return None if request.constraint.has_margin else self._other.try_sample_inline(request)

    def stream(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        """Draw the names of a request from the conditional distribution itself."""
        if not request.constraint.has_margin:
            return self._other.stream(request)
        return self._stream_distinct(request) if request.distinct else self._stream_rows(request)

    def close(self) -> None:
        """Close the other sampler."""
        self._other.close()

    async def _stream_rows(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        chain = await self._chains.get(request.sampling, request.constraint.without_margin)
        near = await self._chains.ledger.run(lambda claim: self._near(claim, request))
        loop, found, tried = asyncio.get_running_loop(), 0, 0
        listed, most = None, LISTED_AFTER
        with self._chains.lend(chain):
            for part in request.split(ROWS):
                run = partial(loop.run_in_executor, self._cooperative, draw, chain, near, part)
                drawn = await run(most, listed)
                if drawn.gave_up and most == LISTED_AFTER and listed is None:
                    listed = await self._listed(near, request)
                    most = MAX_REJECTED_IN_A_ROW if listed is None else most
                    drawn = await run(most, listed)
                found += name_count(drawn.names)
                tried += drawn.tried
                if not found or (drawn.gave_up and request.seeds is not None):
                    raise GaveUpError(MAX_REJECTED_IN_A_ROW, TOO_NEAR)
                rate = found / tried
                yield NamesChunk(drawn.names, acceptance=rate, gave_up=drawn.gave_up)
                if drawn.gave_up:
                    return

    async def _stream_distinct(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        async def find(claim: Claim) -> DistantNames:
            sampling, constraint = request.sampling, request.constraint
            chain = await self._chains.get_for_questions(claim, sampling, constraint.without_margin)
            near = await self._near(claim, request)
            return await asyncio.get_running_loop().run_in_executor(
                self._cooperative.within(claim), _draw_distinct, chain, near, request
            )

        found = await self._chains.ledger.run(find)
        names = packed_rows(found.names)
        *parts, last = parts_of_names(names, PART)
        for part in parts:
            yield NamesChunk(part)
        ended = len(found.names) < request.count
        gave_up = ended and not found.are_all
        yield NamesChunk(last, exhausted=ended and found.are_all, gave_up=gave_up)

    async def _listed(self, near: Neighbourhood, request: GenerateRequest) -> DistantNames | None:
        """Return all names that are not near; None: they are too many.

        Raises:
            UnsatisfiableError: there is none.
        """

        async def find(claim: Claim) -> DistantNames | None:
            sampling, constraint = request.sampling, request.constraint
            chain = await self._chains.get_for_questions(claim, sampling, constraint.without_margin)
            return await asyncio.get_running_loop().run_in_executor(
                self._cooperative.within(claim), listed_distant_names, chain, near
            )

        listed = await self._chains.ledger.run(find)
        if listed is not None and not len(listed.names):
            raise UnsatisfiableError
        return listed

    async def _near(self, claim: Claim, request: GenerateRequest) -> Neighbourhood:
        near = await self._chains.neighbourhood(claim, request.constraint)
        assert near is not None  # noqa: S101 - the request has a margin
        return near


def draw(
    chain: ConditionedChain,
    near: Neighbourhood,
    request: GenerateRequest,
    most: int = MAX_REJECTED_IN_A_ROW,
    listed: DistantNames | None = None,
) -> DrawnRows:
    """Draw the names of a request that are not near; raise the errors of ``chain.start``.

    Args:
        chain: chain conditioned on all other constraints.
        near: names that are left out.
        request: the request.
        most: number of candidates of a row.
        listed: all names that are not near, of which the rows without a name are drawn; None: they
            give up.
    """
    prefix, keys = request.constraint.prefix, request.rng_keys()
    rows = blank_rows(request.count, (), chain.max_length)
    tried = np.zeros(request.count, dtype=np.int64)  # candidates of each row
    left, first = np.arange(request.count), 0
    while left.size and first < most:
        checkpoint()
        together = 1 if first == 0 else -(-CANDIDATES // left.size)
        counters = np.arange(first, min(first + together, most), dtype=np.uint64)
        candidates = keys[left, np.newaxis]
        if first:
            candidates = draws(candidates, FIRST_COUNTER + counters)  # (rows left, together)
        names = draw_by_keys(chain, prefix, candidates.reshape(-1))
        far = ~near.holds(names).reshape(candidates.shape)
        ends, chosen = far.any(1), far.argmax(1)
        tried[left] += np.where(ends, chosen + 1, len(counters))
        taken = np.zeros(far.shape, dtype=bool)
        taken[ends, chosen[ends]] = True
        kept = chosen_names(names, taken.reshape(-1))
        places = np.repeat(left[ends], name_places(kept)[1] + 1)
        rows[places, places_within(places)] = kept
        left, first = left[~ends], first + len(counters)
    if listed is not None:
        rows[left] = _chosen(listed, keys[left])
        left = left[:0]
    whole = int(left[0]) if left.size else request.count
    return DrawnRows(
        packed_rows(rows[:whole]), int(tried[: whole + 1].sum()), whole < request.count
    )


def _chosen(listed: DistantNames, keys: Keys) -> NDArray[np.integer]:
    """Draw a listed name for each row by its probability, [len(keys), max_length + 1]."""
    cumulative = listed.weights.cumsum()
    u = uniforms(draws(keys, int(LISTED_COUNTER)))
    places = np.searchsorted(cumulative, u * cumulative[-1], side="right")
    names: NDArray[np.integer] = listed.names[np.minimum(places, len(cumulative) - 1)]
    return names


def _draw_distinct(
    chain: ConditionedChain, near: Neighbourhood, request: GenerateRequest
) -> DistantNames:
    """Draw names without replacement; raise where none can be drawn, or none is found."""
    chain.start(request.constraint.prefix)
    found = best_distant_names(GumbelRanking(chain), near, request.count, request.seed)
    if found.are_all and not len(found.names):
        raise UnsatisfiableError
    if not len(found.names):
        raise GaveUpError(found.tried, TOO_NEAR)
    return found
