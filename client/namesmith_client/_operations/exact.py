"""Exact answers of models with a table: measuring a constraint, top names, a description."""

from dataclasses import dataclass
from typing import Unpack

from namesmith.v1 import models_pb2, names_pb2
from namesmith_client._call import Call
from namesmith_client._messages import build, model_ref
from namesmith_client._operation import unary
from namesmith_client._sampling_and_constraint import SamplingAndConstraint, sampling_and_constraint

__all__ = ["Description", "Measure", "TopNames"]


@dataclass(frozen=True, slots=True)
class Measure:
    """The names that satisfy a constraint: how probable, how long and how many they are.

    Attributes:
        probability: probability that a name satisfies the constraint where names are drawn
            freely, of any length, in [0, 1].
        probability_given_lengths: the same probability where names are drawn between min_length
            and max_length, in [0, 1].
        expected_length: expected characters of a name that satisfies the constraint; 0 where none
            does.
        names: number of names that satisfy the constraint with a positive probability; exact up
            to 2^53.
        names_above_floor: number of these names that are at least as probable as the floor,
            counted up to 100,000; None without a floor.
        more_above_floor: whether more names than were counted are above the floor.
        model: name of the model that was asked.
        version: version of the model, >= 1.
    """

    probability: float
    probability_given_lengths: float
    expected_length: float
    names: float
    names_above_floor: int | None
    more_above_floor: bool
    model: str
    version: int


@dataclass(frozen=True, slots=True)
class TopNames:
    """The most probable names.

    Attributes:
        names: the names, the most probable first; equally probable ones in the order of their
            symbols.
        log_probs: natural-log probability of each name, parallel to names, <= 0, where names are
            drawn freely under the sampling that was asked for.
        exhausted: whether these are all names that exist, fewer than were asked for.
        model: name of the model that was asked.
        version: version of the model, >= 1.
    """

    names: tuple[str, ...]
    log_probs: tuple[float, ...]
    exhausted: bool
    model: str
    version: int


@dataclass(frozen=True, slots=True)
class Description:
    """A model's names as a whole, drawn freely: of any length, the empty name among them.

    Attributes:
        entropy_per_name: entropy of a name, in nats.
        entropy_per_symbol: entropy of a name over its expected symbols, end symbol included, in
            nats.
        expected_length: expected characters of a name.
        length_probabilities: probabilities of the lengths 0 to 64; the rest of 1 is that of
            longer names.
        training_probability: probability that a name is one of the training split's, in [0, 1].
        training_names: number of distinct names of the training split.
        perplexities: perplexity of each split, by its name, >= 1.
        model: name of the model that was asked.
        version: version of the model, >= 1.
    """

    entropy_per_name: float
    entropy_per_symbol: float
    expected_length: float
    length_probabilities: tuple[float, ...]
    training_probability: float
    training_names: int
    perplexities: dict[str, float]
    model: str
    version: int


class ExactOperations:
    """Operations that are computed, not sampled: FailedPreconditionError without a table."""

    @unary
    def measure(
        *,
        floor: float | None = None,
        model: str = "",
        timeout: float | None = None,
        **settings: Unpack[SamplingAndConstraint],
    ) -> Call[Measure]:
        """Tells how probable a constraint is, exactly; of models with a table.

        Args:
            floor: natural log-probability, in [-1000000, 0], from which names are counted; None:
                no names are counted.
            **settings: how symbols are drawn and which names are admitted: see
                ``SamplingAndConstraint``.
            model: name of the model; empty: the server's default.
            timeout: seconds that the call may take; None: the client's timeout.

        Raises:
            NamesmithError: one of its kinds; see ``namesmith_client.errors``.
        """
        request = build(
            names_pb2.MeasureConstraintRequest,
            model=model_ref(model),
            **sampling_and_constraint(settings),
            floor=floor,
        )
        return Call(lambda stubs: stubs.names.MeasureConstraint, request, _measure, timeout)

    @unary
    def top(
        count: int,
        *,
        model: str = "",
        timeout: float | None = None,
        **settings: Unpack[SamplingAndConstraint],
    ) -> Call[TopNames]:
        """List the most probable names under a constraint, exactly; of models with a table.

        Args:
            count: number of names, in [1, 10000].
            **settings: how symbols are drawn and which names are admitted: see
                ``SamplingAndConstraint``.
            model: name of the model; empty: the server's default.
            timeout: seconds that the call may take; None: the client's timeout.

        Raises:
            NamesmithError: one of its kinds; see ``namesmith_client.errors``.
        """
        request = build(
            names_pb2.ListTopNamesRequest,
            model=model_ref(model),
            count=count,
            **sampling_and_constraint(settings),
        )
        return Call(lambda stubs: stubs.names.ListTopNames, request, _top_names, timeout)

    @unary
    def describe(model: str = "", *, timeout: float | None = None) -> Call[Description]:
        """Describe a model's names as a whole, exactly; of models with a table.

        Args:
            model: name of the model; empty: the server's default.
            timeout: seconds that the call may take; None: the client's timeout.

        Raises:
            NamesmithError: one of its kinds; see ``namesmith_client.errors``.
        """
        request = models_pb2.DescribeModelRequest(model=model_ref(model))
        return Call(lambda stubs: stubs.models.DescribeModel, request, _description, timeout)


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
    )


def _top_names(response: names_pb2.ListTopNamesResponse) -> TopNames:
    return TopNames(
        names=tuple(response.names),
        log_probs=tuple(response.log_probs),
        exhausted=response.exhausted,
        model=response.model,
        version=response.version,
    )


def _description(response: models_pb2.DescribeModelResponse) -> Description:
    return Description(
        entropy_per_name=response.entropy_per_name,
        entropy_per_symbol=response.entropy_per_symbol,
        expected_length=response.expected_length,
        length_probabilities=tuple(response.length_probabilities),
        training_probability=response.training_probability,
        training_names=response.training_names,
        perplexities={one.split: one.perplexity for one in response.perplexities},
        model=response.model,
        version=response.version,
    )
