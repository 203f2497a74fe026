"""The interface of questions about a model's names, and their answers."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, NamedTuple, TypeVar

from namesmith_server.engine.core import EncodedNames, Floats
from namesmith_server.engine.distributions import Sampling
from namesmith_server.engine.errors import NoChainError
from namesmith_server.engine.markov import NameStatistics
from namesmith_server.engine.model.estimates import Interval
from namesmith_server.engine.model.plausibility import PlausibilityScale
from namesmith_server.engine.numbering import NumberedNames
from namesmith_server.engine.request import Constraint

T = TypeVar("T")


class Estimate(NamedTuple):
    """The 95 % intervals of a measure's figures, where names were drawn to estimate them.

    Attributes:
        draws: number of names that were drawn.
        probability: interval of ``probability``; None: it is exact.
        probability_given_lengths: interval of ``probability_given_lengths``; None: it is exact.
        expected_length: interval of ``expected_length``; None: it is exact.
    """

    draws: int
    probability: Interval | None
    probability_given_lengths: Interval | None
    expected_length: Interval | None


class Measure(NamedTuple):
    """The probability of a constraint, and the number of names that satisfy it.

    Attributes:
        probability: probability that a name drawn freely, of any length, satisfies the constraint.
        probability_given_lengths: probability that a name drawn between the constraint's lengths
            satisfies the constraint.
        expected_length: expected number of characters of a name that satisfies the constraint; 0
            where no name satisfies it.
        names: number of names of positive probability that satisfy the constraint; exact up to
            2^53. Without a chain, names of probability 0 are counted too.
        above_floor: number of the satisfying names that are at least as probable as the floor, at
            most MAX_COUNTED_NAMES; None without a floor.
        more_above_floor: whether more than MAX_COUNTED_NAMES of these names exist.
        budget_ended: whether the count of names above the floor ended with the budget of its
            search: there may be more.
        estimate: intervals of the figures that are estimates; None where all are exact.
    """

    probability: float
    probability_given_lengths: float
    expected_length: float
    names: float
    above_floor: int | None
    more_above_floor: bool
    budget_ended: bool = False
    estimate: Estimate | None = None


class TopNames(NamedTuple):
    """The most probable names, the most probable first.

    Attributes:
        names: the encoded names.
        log_probs: natural log of the probability that a name drawn freely under the sampling is
            this name, float64 [names].
        exhausted: whether the answer holds every name that satisfies the constraint, and fewer
            names than were asked for.
        budget_ended: whether the search ended with its budget before it was certain of all names
            that were asked for: the answer holds the certain ones.
    """

    names: EncodedNames
    log_probs: Floats
    exhausted: bool
    budget_ended: bool = False


class Description(NamedTuple):
    """Statistics of all names that a model can generate, under the default sampling.

    Attributes:
        statistics: entropy and lengths of names drawn freely.
        training_probability: probability that a name stands in the training split.
        training_names: number of distinct names of the training split.
        perplexities: perplexity of each split, by the name of the split.
    """

    statistics: NameStatistics
    training_probability: float
    training_names: int
    perplexities: dict[str, float]


class Inference(ABC):
    """Answers questions about names; used from one event loop, works off it.

    Attributes:
        is_exact: whether the model has a chain, of which every answer is exact.
        draws_at_once: largest number of names that are drawn at once for a measure.
    """

    is_exact: ClassVar[bool] = False
    draws_at_once: ClassVar[int] = 0

    @abstractmethod
    async def measure(
        self, sampling: Sampling, constraint: Constraint, floor: float | None
    ) -> Measure:
        """Measure the names that satisfy a constraint.

        Args:
            sampling: settings under which the names are drawn.
            constraint: constraint that the names satisfy, its lengths included.
            floor: least natural log-probability of the names that ``above_floor`` counts; None: no
                names are counted.

        Raises:
            PatternError, TooComplexError: the constraint is malformed, or costs too much.
            MemoryShortError: memory is short.
            TooManyPendingError: too much other work waits.
        """

    @abstractmethod
    async def top(self, count: int, sampling: Sampling, constraint: Constraint) -> TopNames:
        """List the ``count`` most probable names that satisfy a constraint, or all if fewer exist.

        Raises:
            PatternError, TooComplexError: the constraint is malformed, or costs too much.
            MemoryShortError: memory is short.
            TooManyPendingError: too much other work waits.
            UnsatisfiableError: no name that is drawn freely satisfies the constraint.
        """

    @abstractmethod
    async def collision_probability(self, sampling: Sampling, constraint: Constraint) -> float:
        """Return the probability that two names which satisfy a constraint are the same.

        Names are drawn independently, the prefix given; in (0, 1]. Without a chain it is an
        estimate from above: the true probability is higher in 2.5 % of questions at most.

        Raises:
            PatternError, TooComplexError: the constraint is malformed, or costs too much.
            UnsatisfiableError, TooRareError: no name can be drawn.
            MemoryShortError: memory is short.
            TooManyPendingError: too much other work waits.
        """

    async def statistics(self) -> NameStatistics:
        """Compute the entropy and the lengths of all names, under the default sampling.

        Raises:
            NoChainError: the model has no chain.
        """
        raise NoChainError

    async def number(
        self,
        constraint: Constraint,  # noqa: ARG002 - of the ones that have a chain
        capacity: int,  # noqa: ARG002
        work: Callable[[NumberedNames], T],  # noqa: ARG002
    ) -> T:
        """Do work on the ``capacity`` most probable names of a constraint, numbered.

        Raises:
            NoChainError: the model has no chain.
            PatternError, TooComplexError: the constraint is malformed, or costs too much.
            UnsatisfiableError, CapacityError: no name is admitted, or fewer than the capacity.
            MemoryShortError: memory is short.
            TooManyPendingError: too much other work waits.
        """
        raise NoChainError

    @abstractmethod
    async def plausibility_scale(
        self, score: Callable[[EncodedNames], Floats]
    ) -> PlausibilityScale:
        """Find the distribution of the log-probability of the model's own names, of any length.

        Args:
            score: function that computes the log-probability of each name, [names], in a thread.

        Raises:
            MemoryShortError: memory is short.
            TooManyPendingError: too much other work waits.
        """

    def forget(self) -> None:  # noqa: B027 - of the ones that keep something
        """Keep nothing for later questions."""
