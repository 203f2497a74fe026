"""MeasureConstraint and ListTopNames over a real connection, and DescribeModel without a table."""

import math
from typing import Any

import grpc
import pytest

from namesmith.v1.models_pb2 import DescribeModelRequest
from namesmith.v1.models_pb2_grpc import ModelServiceStub
from namesmith.v1.names_pb2 import (
    Constraint,
    ListTopNamesRequest,
    MeasureConstraintRequest,
    ScoreNamesRequest,
)
from namesmith.v1.names_pb2_grpc import NameServiceStub
from refusals import refusal


async def test_top_names_are_in_order_with_their_scores(names: Any) -> None:
    """The log-probabilities are the scores, to the last digit; all of four names are listed."""
    answer = await names.ListTopNames(
        ListTopNamesRequest(count=200, constraint=Constraint(prefix="mar"))
    )
    assert len(answer.names) == len(set(answer.names)) == 200
    assert not answer.exhausted
    assert list(answer.log_probs) == sorted(answer.log_probs, reverse=True)
    scored = (await names.ScoreNames(ScoreNamesRequest(names=answer.names))).scores
    assert list(answer.log_probs) == [score.log_prob for score in scored]
    few = await names.ListTopNames(
        ListTopNamesRequest(count=10_000, constraint=Constraint(pattern="ann?a?"))
    )
    assert sorted(few.names) == ["an", "ana", "ann", "anna"]
    assert few.exhausted


async def test_measure_is_the_sum_of_the_names_that_are_listed(names: Any) -> None:
    """Probability, expected length and counts fit the four names that satisfy the constraint."""
    constraint = Constraint(pattern="ann?a?")
    measured = await names.MeasureConstraint(
        MeasureConstraintRequest(constraint=constraint, floor=-8)
    )
    top = await names.ListTopNames(ListTopNamesRequest(count=10, constraint=constraint))
    chances = [math.exp(log_prob) for log_prob in top.log_probs]
    rounding = 1e-7  # of the table's float32, which top names are scored from
    assert measured.probability == pytest.approx(sum(chances), rel=rounding)
    lengths = sum(len(name) * p for name, p in zip(top.names, chances, strict=True))
    assert measured.expected_length == pytest.approx(lengths / sum(chances), rel=rounding)
    assert measured.names == 4
    assert measured.names_above_floor == sum(value >= -8 for value in top.log_probs)
    assert not measured.more_above_floor
    unasked = await names.MeasureConstraint(MeasureConstraintRequest(constraint=constraint))
    assert not unasked.HasField("names_above_floor")


async def test_questions_need_a_table(deep_channel: grpc.aio.Channel) -> None:
    """Each of the three questions is a FAILED_PRECONDITION of a model without a table."""
    names: Any = NameServiceStub(deep_channel)
    models: Any = ModelServiceStub(deep_channel)
    for call in (
        names.MeasureConstraint(MeasureConstraintRequest()),
        names.ListTopNames(ListTopNamesRequest(count=1)),
        models.DescribeModel(DescribeModelRequest()),
    ):
        code, message, _, kinds = await refusal(call)
        assert code is grpc.StatusCode.FAILED_PRECONDITION
        assert message.startswith("only a model with a chain answers this")
        assert kinds == {"ErrorInfo"}
