"""Exact questions about a chain's names: the size of a constraint, the most probable names."""

import asyncio
import math
from collections.abc import Callable
from typing import TypeVar

from namesmith.limits import MAX_COUNTED_NAMES
from namesmith_server.engine.arrays import chunk_slices
from namesmith_server.engine.checkpoint import checkpoint
from namesmith_server.engine.codec import Codec
from namesmith_server.engine.concurrency import CooperativeExecutor
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
)
from namesmith_server.engine.request import Constraint
from namesmith_server.engine.results import Measure, TopNames
from namesmith_server.engine.samplers import ConditionedChains

T = TypeVar("T")

CHUNK = 4096
"""Names that are decoded between two checkpoints."""


class ExactInference:
    """Answers questions; used from one event loop, works in threads that take turns."""

    def __init__(
        self, chains: ConditionedChains, codec: Codec, cooperative: CooperativeExecutor
    ) -> None:
        self._chains = chains
        self._codec = codec
        self._cooperative = cooperative

    async def measure(
        self, sampling: Sampling, constraint: Constraint, floor: float | None
    ) -> Measure:
        """Measures the names that satisfy a constraint.

        Args:
            sampling: how they are drawn.
            constraint: lengths included.
            floor: natural log-probability of the names that are counted; None: none are.

        Raises:
            PatternError, TooComplexError: the constraint is malformed, or costs too much.
            TooManyPendingError: too many others are being prepared.
        """
        chain = await self._chains.get_for_questions(sampling, constraint)
        lengths = constraint._replace(prefix=(), content=())
        whole = await self._chains.get_for_questions(sampling, lengths)
        return await self._run(lambda: _measure(chain, whole, floor))

    async def top(self, count: int, sampling: Sampling, constraint: Constraint) -> TopNames:
        """Lists the most probable names that satisfy a constraint; fewer, where there are fewer.

        Raises:
            PatternError, TooComplexError: the constraint is malformed, or costs too much.
            TooManyPendingError: too many others are being prepared.
            UnsatisfiableError: no name that is drawn freely satisfies it.
        """
        chain = await self._chains.get_for_questions(sampling, constraint)
        return await self._run(lambda: self._top(chain, count))

    async def statistics(self) -> NameStatistics:
        """Computes what names are like as a whole, untransformed."""
        return await self._run(self._statistics)

    def _statistics(self) -> NameStatistics:
        table = self._chains.untransformed_table()
        return name_statistics(self._chains.chain, table.probabilities)

    def _top(self, chain: ConditionedChain, count: int) -> TopNames:
        if not chain.is_possible:
            raise UnsatisfiableError
        found = best_names(ProbabilityRanking(chain), count)
        names: list[str] = []
        for part in chunk_slices(len(found.names), CHUNK):
            checkpoint()
            names += self._codec.decode(packed_rows(found.names[part]))
        return TopNames(names, found.log_probs.tolist(), exhausted=len(names) < count)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._cooperative, work)


def _measure(chain: ConditionedChain, lengths: ConditionedChain, floor: float | None) -> Measure:
    """Measures a chain; ``lengths`` is the chain of all names between the constraint's lengths."""
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
