"""MeasureConstraint and ListTopNames over a real connection, with a chain and without."""

import math
from typing import Any

import grpc
import pytest

from drawing import Load
from namesmith.v1.models_pb2 import DescribeModelRequest
from namesmith.v1.models_pb2_grpc import ModelServiceStub
from namesmith.v1.names_pb2 import (
    Constraint,
    ListTopNamesRequest,
    MeasureConstraintRequest,
    ScoreNamesRequest,
)
from namesmith.v1.names_pb2_grpc import NameServiceStub
from namesmith_server import engine
from namesmith_server.engine.model import network_inference
from namesmith_server.engine.search import best_first
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


async def test_a_description_needs_a_chain(deep_channel: grpc.aio.Channel) -> None:
    """DescribeModel is a FAILED_PRECONDITION of a model without a chain."""
    models: Any = ModelServiceStub(deep_channel)
    code, message, _, kinds = await refusal(models.DescribeModel(DescribeModelRequest()))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert message.startswith("only a model with a chain answers this")
    assert kinds == {"ErrorInfo"}


async def test_top_names_without_a_chain_are_in_order_with_their_scores(
    deep_channel: grpc.aio.Channel,
) -> None:
    """The search is complete, few names are all listed, and none is FAILED_PRECONDITION."""
    names: Any = NameServiceStub(deep_channel)
    answer = await names.ListTopNames(
        ListTopNamesRequest(count=50, constraint=Constraint(prefix="ma", pattern=".*(a|e)"))
    )
    assert len(answer.names) == len(set(answer.names)) == 50
    assert not answer.exhausted
    assert not answer.budget_ended
    assert list(answer.log_probs) == sorted(answer.log_probs, reverse=True)
    scored = (await names.ScoreNames(ScoreNamesRequest(names=answer.names))).scores
    expected = pytest.approx([score.log_prob for score in scored], abs=1e-5)
    assert list(answer.log_probs) == expected
    few = Constraint(pattern="ann?a?")
    assert (await names.ListTopNames(ListTopNamesRequest(count=9, constraint=few))).exhausted
    none = ListTopNamesRequest(count=9, constraint=Constraint(pattern="a", suffix="b"))
    code, _, _, kinds = await refusal(names.ListTopNames(none))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert kinds == {"ErrorInfo"}


async def test_a_search_that_ends_with_its_budget_is_answered(
    deep_channel: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names that are certain by then are told, and that there may be others."""
    names: Any = NameServiceStub(deep_channel)
    whole = await names.ListTopNames(ListTopNamesRequest(count=200))
    monkeypatch.setattr(best_first, "MAX_EXPANDED_PREFIXES", 3_000)
    answer = await names.ListTopNames(ListTopNamesRequest(count=200))
    assert answer.budget_ended
    assert not answer.exhausted
    assert 0 < len(answer.names) < 200
    assert list(answer.names) == list(whole.names)[: len(answer.names)]
    measured = await names.MeasureConstraint(MeasureConstraintRequest(floor=-12))
    assert measured.budget_ended


async def test_estimates_are_marked_and_have_intervals(
    deep_channel: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An estimate tells its draws; an exact figure has no interval, and few names are exact."""
    monkeypatch.setattr(network_inference, "DRAWS", 4_000)
    names: Any = NameServiceStub(deep_channel)
    ending = MeasureConstraintRequest(constraint=Constraint(suffix="a"), floor=-9)
    answer = await names.MeasureConstraint(ending)
    assert answer == await names.MeasureConstraint(ending)
    assert answer.estimate.draws == 4_000
    for figure in ("probability", "probability_given_lengths", "expected_length"):
        interval = getattr(answer.estimate, figure)
        assert interval.low < getattr(answer, figure) < interval.high
    assert answer.names == pytest.approx(sum(26.0 ** (length - 1) for length in range(1, 33)))
    listed = await names.ListTopNames(
        ListTopNamesRequest(count=1_000, constraint=Constraint(suffix="a"))
    )
    assert answer.names_above_floor == sum(value >= -9 for value in listed.log_probs)
    few = await names.MeasureConstraint(
        MeasureConstraintRequest(constraint=Constraint(pattern="ann?a?"))
    )
    top = await names.ListTopNames(
        ListTopNamesRequest(count=9, constraint=Constraint(pattern="ann?a?"))
    )
    assert few.probability == pytest.approx(math.fsum(map(math.exp, top.log_probs)), rel=1e-12)
    assert not few.estimate.HasField("probability")
    assert few.estimate.HasField("probability_given_lengths")


async def test_every_backend_gives_the_same_answers(
    deep: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The canonical form answers: names, log-probabilities and estimates are equal."""
    monkeypatch.setattr(network_inference, "DRAWS", 4_000)
    first, second = [deep(backend).inference for backend in ("onnx", "torchscript")]
    lengths, sampling = engine.Constraint((), 2, 9), engine.Sampling(temperature=1.2)
    one, other = [await each.top(200, sampling, lengths) for each in (first, second)]
    assert one.names.tolist() == other.names.tolist()
    assert one.log_probs == pytest.approx(other.log_probs, abs=1e-11)
    measured = [await each.measure(sampling, lengths, None) for each in (first, second)]
    assert measured[0] == measured[1]
