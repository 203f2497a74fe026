"""Answers about a model's names: a constraint's measure, and the top names."""

from dataclasses import dataclass
from typing import Literal, Unpack

from namesmith.v1 import names_pb2
from namesmith_client._calls import UnaryCall
from namesmith_client._messages import build
from namesmith_client._model_reference import model_ref
from namesmith_client._sampling_and_constraint import SamplingAndConstraint, sampling_and_constraint

__all__ = ["Estimate", "Interval", "Measure", "TopNames"]


IntervalName = Literal["probability", "probability_given_lengths", "expected_length"]
"""Name of a figure that has an interval."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of numbers, both ends included.

    Attributes:
        low: the least number.
        high: the greatest number.
    """

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """The intervals of a measure's figures: a model without a chain draws names to estimate them.

    An interval holds the true figure in 95 % of questions; a figure without one is exact.

    Attributes:
        draws: number of names that were drawn, always the same ones.
        probability: interval of ``probability``; None: it is exact.
        probability_given_lengths: interval of ``probability_given_lengths``; None: it is exact.
        expected_length: interval of ``expected_length``; None: it is exact.
    """

    draws: int
    probability: Interval | None
    probability_given_lengths: Interval | None
    expected_length: Interval | None


@dataclass(frozen=True, slots=True)
class Measure:
    """The names that satisfy a constraint: how probable, how long and how many they are.

    Attributes:
        probability: probability that a name satisfies the constraint where names are drawn
            freely, of any length, in [0, 1].
        probability_given_lengths: the same probability where names are drawn between min_length
            and max_length, in [0, 1].
        expected_length: expected number of characters of a name that satisfies the constraint; 0
            where no name does.
        names: number of names that satisfy the constraint with a positive probability; exact up
            to 2^53. Without a chain, names may be counted whose symbols model or sampling cut.
        names_above_floor: number of these names that are at least as probable as the floor,
            counted up to 100,000; None without a floor.
        more_above_floor: whether more names reach the floor than ``names_above_floor`` counts.
        model: name of the model that answered.
        version: version of the model, >= 1.
        estimate: how sure the figures are, where they are estimates; None: all are exact.
        budget_ended: whether ``names_above_floor`` ended with the budget of a search, so that
            there may be more; only of a model without a chain.
    """

    probability: float
    probability_given_lengths: float
    expected_length: float
    names: float
    names_above_floor: int | None
    more_above_floor: bool
    model: str
    version: int
    estimate: Estimate | None = None
    budget_ended: bool = False


@dataclass(frozen=True, slots=True)
class TopNames:
    """The most probable names of a model.

    Attributes:
        names: the names, the most probable first; equally probable names in the order of their
            symbols.
        log_probs: natural-log probability of each name, parallel to names, <= 0, where names are
            drawn without the constraint under the given sampling.
        exhausted: whether these are all names that satisfy the constraint, fewer than the caller
            asked for.
        model: name of the model that answered.
        version: version of the model, >= 1.
        budget_ended: whether the search ended with its budget before it was certain of all names
            that were asked for: these are the certain ones, maybe none; only of a model without a
            chain.
    """

    names: tuple[str, ...]
    log_probs: tuple[float, ...]
    exhausted: bool
    model: str
    version: int
    budget_ended: bool = False


def measure(
    *,
    floor: float | None = None,
    model: str = "",
    **settings: Unpack[SamplingAndConstraint],
) -> UnaryCall[Measure]:
    """Compute how probable a constraint is: exactly, or without a chain as an estimate.

    Args:
        floor: least natural log-probability of the names to count, in [-1000000, 0]; None: no
            names are counted.
        **settings: how symbols are drawn and which names are admitted: see
            ``SamplingAndConstraint``.
        model: NAME, NAME/VERSION, NAME@LABEL or a blend; empty: the server's default.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    request = build(
        names_pb2.MeasureConstraintRequest,
        model=model_ref(model),
        **sampling_and_constraint(settings),
        floor=floor,
    )
    return UnaryCall(lambda stubs: stubs.names.MeasureConstraint, request, _measure)


def top(
    count: int,
    *,
    model: str = "",
    **settings: Unpack[SamplingAndConstraint],
) -> UnaryCall[TopNames]:
    """List the exactly most probable names under a constraint.

    Args:
        count: number of names, in [1, 10000].
        **settings: how symbols are drawn and which names are admitted: see
            ``SamplingAndConstraint``.
        model: NAME, NAME/VERSION, NAME@LABEL or a blend; empty: the server's default.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    request = build(
        names_pb2.ListTopNamesRequest,
        model=model_ref(model),
        count=count,
        **sampling_and_constraint(settings),
    )
    return UnaryCall(lambda stubs: stubs.names.ListTopNames, request, _top_names)


def _measure(response: names_pb2.MeasureConstraintResponse) -> Measure:
    counted = response.HasField("names_above_floor")
    return Measure(
        probability=response.probability,
        probability_given_lengths=response.probability_given_lengths,
        expected_length=response.expected_length,
        names=response.names,
        names_above_floor=response.names_above_floor if counted else None,
        more_above_floor=response.more_above_floor,
        model=response.model,
        version=response.version,
        estimate=_estimate(response.estimate) if response.HasField("estimate") else None,
        budget_ended=response.budget_ended,
    )


def _estimate(estimate: names_pb2.Estimate) -> Estimate:
    return Estimate(
        draws=estimate.draws,
        probability=_interval(estimate, "probability"),
        probability_given_lengths=_interval(estimate, "probability_given_lengths"),
        expected_length=_interval(estimate, "expected_length"),
    )


def _interval(estimate: names_pb2.Estimate, figure: IntervalName) -> Interval | None:
    if not estimate.HasField(figure):
        return None
    interval: names_pb2.Interval = getattr(estimate, figure)
    return Interval(interval.low, interval.high)


def _top_names(response: names_pb2.ListTopNamesResponse) -> TopNames:
    return TopNames(
        names=tuple(response.names),
        log_probs=tuple(response.log_probs),
        exhausted=response.exhausted,
        model=response.model,
        version=response.version,
        budget_ended=response.budget_ended,
    )
