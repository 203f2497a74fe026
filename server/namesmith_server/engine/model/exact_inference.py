"""Exact answers about a chain's names: how probable a constraint is, the most probable names."""

import asyncio
import math
from collections.abc import Callable
from typing import TypeVar

from namesmith.limits import MAX_COUNTED_NAMES
from namesmith_server.engine.concurrency import Claim, CooperativeExecutor
from namesmith_server.engine.core import EncodedNames, Floats
from namesmith_server.engine.distributions import Sampling
from namesmith_server.engine.errors import UnsatisfiableError
from namesmith_server.engine.markov import (
    ConditionedChain,
    NameStatistics,
    ProbabilityRanking,
    best_names,
    count_above,
    name_statistics,
    packed_rows,
    surprisal_distribution,
)
from namesmith_server.engine.model.distant_inference import (
    collisions_distant,
    measure_distant,
    top_distant,
)
from namesmith_server.engine.model.inference import Inference, Measure, TopNames
from namesmith_server.engine.model.kept_collisions import KeptCollisions
from namesmith_server.engine.model.numberings import Key, Numberings
from namesmith_server.engine.model.plausibility import ComputedScale, PlausibilityScale
from namesmith_server.engine.numbering import NumberedNames
from namesmith_server.engine.request import Constraint
from namesmith_server.engine.samplers import ConditionedChains

T = TypeVar("T")


class ExactInference(Inference):
    """Answers questions about a chain's names, exactly, in threads that take turns."""

    is_exact = True

    def __init__(
        self, chains: ConditionedChains, numberings: Numberings, cooperative: CooperativeExecutor
    ) -> None:
        self._chains = chains
        self._numberings = numberings
        self._cooperative = cooperative
        self._distant_collisions = KeptCollisions(self._collide)  # no chain knows them

    def forget(self) -> None:
        """Keep no chain for later questions, or for later requests of names."""
        self._chains.forget()
        self._numberings.forget()
        self._distant_collisions.forget()

    async def measure(
        self, sampling: Sampling, constraint: Constraint, floor: float | None
    ) -> Measure:
        """Measure the names that satisfy a constraint; raise the errors of ``Inference``."""
        lengths = constraint._replace(prefix=(), content=())

        async def measure(claim: Claim) -> Measure:
            near = await self._chains.neighbourhood(claim, constraint)
            others = constraint.without_margin
            chain = await self._chains.get_for_questions(claim, sampling, others)
            whole = await self._chains.get_for_questions(claim, sampling, lengths)
            if near is None:
                return await self._run(claim, lambda: _measure(chain, whole, floor))
            return await self._run(claim, lambda: measure_distant(chain, whole, near, floor))

        return await self._chains.ledger.run(measure)

    async def top(self, count: int, sampling: Sampling, constraint: Constraint) -> TopNames:
        """List the most probable names; raise the errors of ``Inference``.

        A search that takes too long is a TooComplexError.
        """

        async def top(claim: Claim) -> TopNames:
            near = await self._chains.neighbourhood(claim, constraint)
            others = constraint.without_margin
            chain = await self._chains.get_for_questions(claim, sampling, others)
            if near is None:
                return await self._run(claim, lambda: _top(chain, count))
            return await self._run(claim, lambda: top_distant(chain, near, count))

        return await self._chains.ledger.run(top)

    async def collision_probability(self, sampling: Sampling, constraint: Constraint) -> float:
        """Return the probability exactly; raise the errors of ``Inference``."""
        if constraint.has_margin:
            return await self._distant_collisions.get(sampling, constraint)
        kept = self._chains.peek_for_questions(sampling, constraint)
        if kept is not None and kept.knows_collisions:
            return kept.collision_probability
        return await self._collide(sampling, constraint)

    async def number(
        self, constraint: Constraint, capacity: int, work: Callable[[NumberedNames], T]
    ) -> T:
        """Do work on numbered names; raise the errors of ``Inference`` and of the work."""
        return await self._numberings.run(Key(constraint, capacity), work)

    async def statistics(self) -> NameStatistics:
        """Compute the entropy and the lengths of all names, under the default sampling."""
        return await self._chains.ledger.run(lambda claim: self._run(claim, self._statistics))

    async def plausibility_scale(
        self, score: Callable[[EncodedNames], Floats]
    ) -> PlausibilityScale:
        """Compute the distribution of the log-probability of all names: none needs be scored."""
        del score
        return await self._chains.ledger.run(lambda claim: self._run(claim, self._scale))

    async def _collide(self, sampling: Sampling, constraint: Constraint) -> float:
        async def collide(claim: Claim) -> float:
            near = await self._chains.neighbourhood(claim, constraint)
            others = constraint.without_margin
            chain = await self._chains.get_for_questions(claim, sampling, others)
            if near is None:
                return await self._run(claim, lambda: chain.collision_probability)
            return await self._run(claim, lambda: collisions_distant(chain, near))

        return await self._chains.ledger.run(collide)

    def _scale(self) -> PlausibilityScale:
        table = self._chains.untransformed_table()
        return ComputedScale(surprisal_distribution(self._chains.chain, table.probabilities))

    def _statistics(self) -> NameStatistics:
        table = self._chains.untransformed_table()
        return name_statistics(self._chains.chain, table.probabilities)

    async def _run(self, claim: Claim, work: Callable[[], T]) -> T:
        executor = self._cooperative.within(claim)
        return await asyncio.get_running_loop().run_in_executor(executor, work)


def _measure(chain: ConditionedChain, lengths: ConditionedChain, floor: float | None) -> Measure:
    """Return the ``Measure`` of a chain's constraint; ``lengths`` is its lengths' chain."""
    if not chain.is_possible:
        return Measure(0.0, 0.0, 0.0, 0.0, None if floor is None else 0, more_above_floor=False)
    above = None if floor is None else count_above(chain, floor, MAX_COUNTED_NAMES)
    given_lengths = math.exp(chain.log_probability - lengths.log_probability)
    return Measure(
        min(math.exp(chain.log_probability), 1.0),
        min(given_lengths, 1.0),  # rounding may lift it above 1
        chain.expected_length,
        chain.count,
        above if above is None else min(above, MAX_COUNTED_NAMES),
        more_above_floor=above is not None and above > MAX_COUNTED_NAMES,
    )


def _top(chain: ConditionedChain, count: int) -> TopNames:
    if not chain.is_possible:
        raise UnsatisfiableError
    found = best_names(ProbabilityRanking(chain), count)
    return TopNames(packed_rows(found.names), found.log_probs, exhausted=len(found.names) < count)
