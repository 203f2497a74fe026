"""Answers about the names of a network that is served as it is, without a chain.

The most probable names, and the names above a floor, are found by best-first search, exactly. The
probability of a constraint is that of its prefix, exactly, times an estimate of the rest: names are
drawn behind the prefix, and the ones that satisfy the constraint are counted. Few names are listed
instead, and their probabilities added. Every question draws from one seed, so that the same
question has the same answer, and a wider constraint is never measured as less probable.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
from cachetools import LRUCache

from namesmith.limits import MAX_COUNTED_NAMES, MAX_LENGTH
from namesmith.vocabulary import END
from namesmith_server.engine.batching import BatchScheduler, CanonicalLogProbs
from namesmith_server.engine.concurrency import CooperativeExecutor, Ledger
from namesmith_server.engine.constraints import ConstraintCompiler, NameFilter
from namesmith_server.engine.core import EncodedNames, Floats
from namesmith_server.engine.distributions import Sampling
from namesmith_server.engine.markov import packed_rows
from namesmith_server.engine.model.drawn_collisions import DrawnCollisions
from namesmith_server.engine.model.drawn_names import DrawnNames
from namesmith_server.engine.model.estimates import Z_97_5, Figure, mean_length, quotient
from namesmith_server.engine.model.inference import Estimate, Inference, Measure, TopNames
from namesmith_server.engine.model.network_search import NetworkSearch, Searched
from namesmith_server.engine.model.plausibility import DrawnScale, PlausibilityScale
from namesmith_server.engine.request import Constraint, GenerateRequest
from namesmith_server.engine.search import LARGEST_SEARCH, Found

T = TypeVar("T")

DRAWS = 1 << 16
"""Number of names that are drawn for an estimate behind a prefix, or without one."""

SCALE_DRAWS = 20_000
"""Number of names that are drawn for the scale of plausibilities: a share of 0.01 is known to
0.0014 (95 %)."""

PART = 1 << 12
"""Number of names that are drawn at once."""

KEPT = 16
"""Number of samplings and lengths whose drawn names are kept, half a mebibyte each."""

SEED = 0
"""Seed of the names that are drawn for estimates."""


class NetworkInference(Inference):
    """Answers questions about a network's names, by searches and draws."""

    draws_at_once = PART

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of a model
        self,
        canonical: CanonicalLogProbs,
        block_size: int,
        scheduler: BatchScheduler,
        compiler: ConstraintCompiler,
        cooperative: CooperativeExecutor,
        ledger: Ledger | None = None,
    ) -> None:
        """Set the parts.

        Args:
            canonical: canonical form of the model: every backend gives the same answers.
            block_size: number of symbols of a context.
            scheduler: draws names.
            compiler: of the model's constraints.
            cooperative: runs searches, in threads that take turns.
            ledger: counts the bytes of searches; None: no bound.
        """
        self._search = NetworkSearch(canonical, block_size, compiler)
        self._scheduler = scheduler
        self._compiler = compiler
        self._cooperative = cooperative
        self._ledger = Ledger() if ledger is None else ledger
        self._collisions = DrawnCollisions(scheduler, compiler, cooperative, self._ledger)
        self._free = LRUCache[tuple[Sampling, Constraint], DrawnNames](KEPT)
        self._ledger.largest_work = max(self._ledger.largest_work, LARGEST_SEARCH)

    async def top(self, count: int, sampling: Sampling, constraint: Constraint) -> TopNames:
        """List the most probable names; raise the errors of ``Inference``."""
        found = await self._within_claim(lambda: self._search.top(count, sampling, constraint))
        exhausted = not found.budget_ended and len(found.names) < count
        return TopNames(packed_rows(found.names), found.log_probs, exhausted, found.budget_ended)

    async def measure(
        self, sampling: Sampling, constraint: Constraint, floor: float | None
    ) -> Measure:
        """Measure the names that satisfy a constraint; raise the errors of ``Inference``."""
        searched = await self._within_claim(lambda: self._search.facts(sampling, constraint, floor))
        if not searched.names:
            return Measure(0.0, 0.0, 0.0, 0.0, None if floor is None else 0, more_above_floor=False)
        drawn = free = None
        if searched.listed is None:
            drawn = await self._draw(sampling, constraint, searched.name_filter)
        if constraint.prefix or (constraint.content and drawn is None):
            free = await self._share_of_lengths(sampling, constraint)
        return _composed(constraint, searched, drawn, free)

    async def collision_probability(self, sampling: Sampling, constraint: Constraint) -> float:
        """Estimate the probability from names that are drawn; raise the errors of ``Inference``."""
        return await self._collisions.estimate(sampling, constraint)

    async def plausibility_scale(
        self, score: Callable[[EncodedNames], Floats]
    ) -> PlausibilityScale:
        """Draw names freely, always the same ones, and score them."""
        loop, freely = asyncio.get_running_loop(), Constraint(min_length=0, max_length=MAX_LENGTH)
        found = [np.zeros(0)]
        for part in GenerateRequest(SCALE_DRAWS, SEED, Sampling(), freely).split(PART):
            names, _ = await self._scheduler.draw(part)
            if len(names):
                found.append(await loop.run_in_executor(self._cooperative, partial(score, names)))
        return DrawnScale(np.sort(np.concatenate(found)), SCALE_DRAWS)

    async def _share_of_lengths(self, sampling: Sampling, constraint: Constraint) -> DrawnNames:
        """Draw names under the constraint's lengths alone, which many constraints share."""
        lengths = constraint._replace(prefix=(), content=())
        drawn = self._free.get((sampling, lengths))
        if drawn is None:
            anything = self._compiler.name_filter((), lengths.max_length)
            drawn = self._free[sampling, lengths] = await self._draw(sampling, lengths, anything)
        return drawn

    async def _draw(
        self, sampling: Sampling, constraint: Constraint, name_filter: NameFilter
    ) -> DrawnNames:
        """Draw names behind the constraint's prefix, of any length; count the admitted ones."""
        freely = constraint._replace(min_length=0, content=())
        loop, parts = asyncio.get_running_loop(), []
        for part in GenerateRequest(DRAWS, SEED, sampling, freely).split(PART):
            names, _ = await self._scheduler.draw(part)
            count = partial(DrawnNames.of, names, part.count, name_filter, constraint.min_length)
            parts.append(await loop.run_in_executor(self._cooperative, count))
        return DrawnNames.joined(parts)

    async def _within_claim(self, work: Callable[[], T]) -> T:
        """Run work in a thread that takes turns, under a claim of bytes that lets it end."""
        loop = asyncio.get_running_loop()
        return await self._ledger.run(
            lambda claim: loop.run_in_executor(self._cooperative.within(claim), work)
        )


def _composed(
    constraint: Constraint, searched: Searched, drawn: DrawnNames | None, free: DrawnNames | None
) -> Measure:
    """Return the measure of a constraint.

    Args:
        constraint: the constraint.
        searched: facts that are known exactly.
        drawn: names that were drawn behind the prefix; None where all names are listed.
        free: names that were drawn under the lengths alone; None where they are not needed.
    """
    prefix, min_length, max_length, content = constraint
    if searched.listed is not None:
        probability = careful = Figure(min(float(np.exp(searched.listed.log_probs).sum()), 1.0))
        length, given = _expected_length(searched.listed), Figure(1.0)
    if drawn is not None:
        probability = drawn.probability().times(searched.prefix)
        careful = drawn.probability(Z_97_5).times(searched.prefix)
        length = mean_length(drawn.lengths, max(min_length, len(prefix)), max_length)
        given = drawn.probability_given_lengths if content else Figure(1.0)
    if free is not None:
        given = quotient(careful, free.probability(Z_97_5))
    draws = sum(names.draws for names in (drawn, free) if names is not None)
    intervals = probability.interval, given.interval, length.interval
    above = searched.above
    return Measure(
        probability.value,
        given.value,
        length.value,
        searched.names,
        above if above is None else min(above, MAX_COUNTED_NAMES),
        more_above_floor=above is not None and above > MAX_COUNTED_NAMES,
        budget_ended=searched.budget_ended,
        estimate=Estimate(draws, *intervals) if draws else None,
    )


def _expected_length(listed: Found) -> Figure:
    """Return the expected length of names that are listed, however improbable; at least one."""
    weights = np.exp(listed.log_probs - listed.log_probs.max())
    lengths = (listed.names != END).sum(1)
    return Figure(float(weights @ lengths / weights.sum()))
