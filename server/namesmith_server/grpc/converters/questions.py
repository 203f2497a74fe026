"""Requests and responses of the questions about names: MeasureConstraint and ListTopNames."""

from dataclasses import dataclass

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith_server.engine import Constraint, Estimate, Interval, Measure, Sampling, TopNames
from namesmith_server.grpc.catalog import ServedModel
from namesmith_server.grpc.converters.constraint import sampling_and_constraint
from namesmith_server.grpc.converters.lexicon import Lexicon
from namesmith_server.grpc.converters.validator import Validator
from namesmith_server.grpc.wire import serialize_names


@dataclass(frozen=True)
class Question:
    """A question about names.

    Attributes:
        sampling: settings under which the names are drawn.
        constraint: constraint that the names satisfy.
        count: number of names that the caller asks for.
        floor: least natural log-probability of the names that are counted; None: no names are
            counted.
    """

    sampling: Sampling
    constraint: Constraint
    count: int = 1
    floor: float | None = None


def parse_measure(request: pb.MeasureConstraintRequest, lexicon: Lexicon) -> Question:
    """Convert a MeasureConstraintRequest.

    Raises:
        InvalidArgumentError: fields are out of bounds; the error holds all of them.
    """
    validator = Validator()
    sampling, constraint = sampling_and_constraint(request, lexicon, validator)
    floor = request.floor if request.HasField("floor") else None
    if floor is not None:
        validator.in_range("floor", floor, -limits.MAX_FLOOR_NATS, 0)
    validator.raise_if_invalid()
    return Question(sampling, constraint, floor=floor)


def parse_top(request: pb.ListTopNamesRequest, lexicon: Lexicon) -> Question:
    """Convert a ListTopNamesRequest.

    Raises:
        InvalidArgumentError: fields are out of bounds; the error holds all of them.
    """
    validator = Validator()
    validator.in_range("count", request.count, 1, limits.MAX_TOP_NAMES)
    sampling, constraint = sampling_and_constraint(request, lexicon, validator)
    validator.raise_if_invalid()
    return Question(sampling, constraint, request.count)


def measure_response(measure: Measure, served: ServedModel) -> pb.MeasureConstraintResponse:
    """Convert a measure to a response."""
    return pb.MeasureConstraintResponse(
        probability=measure.probability,
        probability_given_lengths=measure.probability_given_lengths,
        expected_length=measure.expected_length,
        names=measure.names,
        names_above_floor=measure.above_floor,
        more_above_floor=measure.more_above_floor,
        model=served.name,
        version=served.version,
        estimate=None if measure.estimate is None else _estimate(measure.estimate),
        budget_ended=measure.budget_ended,
    )


def top_response(top: TopNames, served: ServedModel) -> bytes:
    """Serialize the most probable names as a response."""
    rest = pb.ListTopNamesResponse(
        log_probs=top.log_probs.tolist(),
        exhausted=top.exhausted,
        model=served.name,
        version=served.version,
        budget_ended=top.budget_ended,
    )
    return serialize_names(served.model.codec, top.names, rest)


def _estimate(estimate: Estimate) -> pb.Estimate:
    """Convert an estimate, without the intervals of exact figures."""
    return pb.Estimate(
        draws=estimate.draws,
        probability=_interval(estimate.probability),
        probability_given_lengths=_interval(estimate.probability_given_lengths),
        expected_length=_interval(estimate.expected_length),
    )


def _interval(interval: Interval | None) -> pb.Interval | None:
    return None if interval is None else pb.Interval(low=interval.low, high=interval.high)
