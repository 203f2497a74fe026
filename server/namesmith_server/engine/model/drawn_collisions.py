"""The probability that two names of a network are the same, estimated from names that are drawn."""

import asyncio

import numpy as np

from namesmith_server.engine.batching import BatchScheduler
from namesmith_server.engine.concurrency import CooperativeExecutor, Ledger
from namesmith_server.engine.constraints import ConstraintCompiler, NameFilter
from namesmith_server.engine.core import EncodedNames, chosen_names, name_places
from namesmith_server.engine.distributions import Sampling
from namesmith_server.engine.model.collisions import estimated_collisions
from namesmith_server.engine.model.kept_collisions import KeptCollisions
from namesmith_server.engine.request import Constraint, GenerateRequest

DRAWS = 1 << 14
"""Number of names that are drawn behind the prefix; the ones that satisfy the constraint count."""

PART = 1 << 12
"""Number of names that are drawn at once."""

SEED = 0
"""Seed of the names, so that the same question has the same answer."""


class DrawnCollisions:
    """Estimates by sampling and constraint, each made once for all who ask meanwhile."""

    def __init__(
        self,
        scheduler: BatchScheduler,
        compiler: ConstraintCompiler,
        cooperative: CooperativeExecutor,
        ledger: Ledger,
    ) -> None:
        self._scheduler = scheduler
        self._compiler = compiler
        self._cooperative = cooperative
        self._ledger = ledger
        self._kept = KeptCollisions(self._draw)

    async def estimate(self, sampling: Sampling, constraint: Constraint) -> float:
        """Return the estimate from above, in (0, 1]; raise the errors of ``Inference``."""
        return await self._kept.get(sampling, constraint)

    async def _draw(self, sampling: Sampling, constraint: Constraint) -> float:
        loop = asyncio.get_running_loop()
        name_filter: NameFilter = await self._ledger.run(
            lambda claim: loop.run_in_executor(
                self._cooperative.within(claim),
                self._compiler.name_filter,
                constraint.content,
                constraint.max_length,
            )
        )
        freely = constraint._replace(min_length=0, content=())
        names = []
        with self._scheduler.call() as call:
            for part in GenerateRequest(DRAWS, SEED, sampling, freely).split(PART):
                drawn, _ = await self._scheduler.draw(part, caller=call)
                names.append(
                    await loop.run_in_executor(
                        self._cooperative, _admitted, drawn, name_filter, constraint.min_length
                    )
                )
        return await loop.run_in_executor(
            self._cooperative, estimated_collisions, np.concatenate(names)
        )


def _admitted(names: EncodedNames, name_filter: NameFilter, min_length: int) -> EncodedNames:
    """Return the names that a test and a least length admit."""
    if not len(names):
        return names
    return chosen_names(names, (name_places(names)[1] >= min_length) & name_filter.admitted(names))
