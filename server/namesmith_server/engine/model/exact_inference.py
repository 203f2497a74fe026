"""Exact questions about a chain's names: the size of a constraint, the most probable names."""

import asyncio
import math
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from namesmith.limits import MAX_COUNTED_NAMES
from namesmith_server.engine.concurrency import CooperativeExecutor
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
)
from namesmith_server.engine.request import Constraint
from namesmith_server.engine.samplers import ConditionedChains

T = TypeVar("T")


class Measure(NamedTuple):
    """The exact size of a constraint.

    Attributes:
        probability: that a name drawn freely, of any length, satisfies it.
        probability_given_lengths: that a name drawn between its lengths does.
        expected_length: characters of a name that satisfies it; 0 where there is none.
        names: satisfying names of positive probability; exact up to 2^53.
        above_floor: of these, names at least as probable as the floor, at most MAX_COUNTED_NAMES;
            None without a floor.
        more_above_floor: whether there are more of these.
    """

    probability: float
    probability_given_lengths: float
    expected_length: float
    names: float
    above_floor: int | None
    more_above_floor: bool


class TopNames(NamedTuple):
    """The most probable names, the most probable first.

    Attributes:
        names: encoded.
        log_probs: natural log, drawn freely under the sampling, float64 [names].
        exhausted: whether these are all names that there are.
    """

    names: EncodedNames
    log_probs: Floats
    exhausted: bool


class Description(NamedTuple):
    """What names of a model are like as a whole, untransformed.

    Attributes:
        statistics: of names drawn freely.
        training_probability: that a name is one of the training split's.
        training_names: distinct names of the training split.
        perplexities: of each split.
    """

    statistics: NameStatistics
    training_probability: float
    training_names: int
    perplexities: dict[str, float]


class ExactInference:
    """Answers questions; used from one event loop, works in threads that take turns."""

    def __init__(self, chains: ConditionedChains, cooperative: CooperativeExecutor) -> None:
        self._chains = chains
        self._cooperative = cooperative

    async def measure(
        self, sampling: Sampling, constraint: Constraint, floor: float | None
    ) -> Measure:
        """Measure the names that satisfy a constraint.

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
        """List the most probable names that satisfy a constraint; fewer, where there are fewer.

        Raises:
            PatternError, TooComplexError: the constraint is malformed, or costs too much.
            TooManyPendingError: too many others are being prepared.
            UnsatisfiableError: no name that is drawn freely satisfies it.
        """
        chain = await self._chains.get_for_questions(sampling, constraint)
        return await self._run(lambda: _top(chain, count))

    async def statistics(self) -> NameStatistics:
        """Compute what names are like as a whole, untransformed."""
        return await self._run(self._statistics)

    def _statistics(self) -> NameStatistics:
        table = self._chains.untransformed_table()
        return name_statistics(self._chains.chain, table.probabilities)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._cooperative, work)


def _measure(chain: ConditionedChain, lengths: ConditionedChain, floor: float | None) -> Measure:
    """Measure a chain; ``lengths`` is the chain of all names between the constraint's lengths."""
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
