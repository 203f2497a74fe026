"""Constraints and questions over a real connection: what is answered, and what is refused."""

import asyncio
import math
from typing import Any

import grpc
import pytest

from namesmith.v1.models_pb2 import DescribeModelRequest
from namesmith.v1.names_pb2 import (
    Constraint,
    GenerateNamesRequest,
    ListTopNamesRequest,
    MeasureConstraintRequest,
    ModelRef,
    Sampling,
    ScoreNamesRequest,
    StreamNamesRequest,
)
from namesmith_server.engine import cache
from refusals import refusal

ALPHABET = "'abcdefghijklmnopqrstuvwxyz'"
OUTSIDE = "character '1' at position 1 is not in the vocabulary: " + ALPHABET


def generate(count: int = 1, **fields: Any) -> GenerateNamesRequest:
    """A request with a constraint of those fields."""
    return GenerateNamesRequest(count=count, seed=1, constraint=Constraint(**fields))


async def test_constrained_names_unary_and_streamed_are_the_same(names: Any) -> None:
    """Every field of a constraint reaches the engine; nothing is rejected."""
    constraint = Constraint(
        prefix="ka",
        suffix="a",
        contains="L",
        pattern="[a-z]{3}.*",
        forbidden=["kayla", "KAYLA"],
        novel=True,
        min_length=4,
        max_length=9,
    )
    answer = await names.GenerateNames(
        GenerateNamesRequest(count=300, seed=4, constraint=constraint)
    )
    stream = names.StreamNames(StreamNamesRequest(count=300, seed=4, constraint=constraint))
    assert [name async for part in stream for name in part.names] == list(answer.names)
    for name in answer.names:
        assert name.startswith("ka")
        assert name.endswith("a")
        assert "l" in name
        assert name != "kayla"
        assert 4 <= len(name) <= 9
    assert not answer.exhausted
    assert not answer.HasField("acceptance_rate")


async def test_distinct_names_say_when_there_are_no_more(names: Any) -> None:
    """Fewer names than asked for are all there are, and the answer says so."""
    request = generate(100, pattern="ann?a?")
    request.distinct = True
    answer = await names.GenerateNames(request)
    assert sorted(answer.names) == ["an", "ana", "ann", "anna"]
    assert answer.exhausted
    request.count = 3
    some = await names.GenerateNames(request)
    assert list(some.names) == list(answer.names)[:3]
    assert not some.exhausted
    stream = names.StreamNames(
        StreamNamesRequest(count=100, seed=1, constraint=request.constraint, distinct=True)
    )
    assert [(list(part.names), part.exhausted) async for part in stream] == [
        (list(answer.names), True)
    ]


async def test_top_names_are_in_order_with_their_scores(names: Any) -> None:
    """The log-probabilities are those of scoring, to the last digit; all where fewer."""
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
    """Of a constraint that four names satisfy."""
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


async def test_describe_answers_figures_that_fit_together(names: Any, models: Any) -> None:
    """Lengths sum to one, entropy a symbol is entropy a name over its symbols."""
    answer = await models.DescribeModel(DescribeModelRequest())
    assert len(answer.length_probabilities) == 65
    assert sum(answer.length_probabilities) == pytest.approx(1, abs=1e-6)
    assert answer.entropy_per_symbol == pytest.approx(
        answer.entropy_per_name / (answer.expected_length + 1)
    )
    novel = Constraint(novel=True, min_length=0, max_length=64)
    measured = await names.MeasureConstraint(MeasureConstraintRequest(constraint=novel))
    assert answer.training_probability == pytest.approx(1 - measured.probability, abs=1e-5)
    assert [one.split for one in answer.perplexities] == ["train", "val", "test"]
    assert all(one.perplexity > 1 for one in answer.perplexities)
    assert (answer.model, answer.version) == ("us-names", 1)


@pytest.mark.parametrize(
    ("request_", "field", "description"),
    [
        (generate(suffix="a1"), "constraint.suffix", OUTSIDE),
        (generate(contains="a1"), "constraint.contains", OUTSIDE),
        (generate(pattern="a1"), "constraint.pattern", OUTSIDE),
        (generate(forbidden=["anna", "a1"]), "constraint.forbidden[1]", OUTSIDE),
        (
            generate(suffix="a" * 33),
            "constraint.suffix",
            "33 characters, at most max_length = 32 are allowed",
        ),
        (
            generate(contains="a" * 9, max_length=8),
            "constraint.contains",
            "9 characters, at most max_length = 8 are allowed",
        ),
        (
            generate(forbidden=["a" * 1_025]),
            "constraint.forbidden[0]",
            "1025 characters, at most 1024 are allowed",
        ),
        (
            generate(forbidden=["a"] * 10_001),
            "constraint.forbidden",
            "10001 names, at most 10000 are allowed",
        ),
        (
            generate(forbidden=["a" * 1_000] * 101),
            "constraint.forbidden",
            "101000 characters, at most 100000 are allowed",
        ),
        (
            generate(pattern="a" * 501),
            "constraint.pattern",
            "501 characters, at most 500 are allowed",
        ),
        (
            generate(pattern="(a|b|c)*a(a|b|.){8}"),
            "constraint",
            (
                "needs more than 131072 states of this model at one length of names, 1310720 that"
                " no other length has, or 4194304 at all lengths; simplify it or shorten max_length"
            ),
        ),
    ],
)
async def test_a_constraint_that_is_none_is_refused(
    names: Any, request_: GenerateNamesRequest, field: str, description: str
) -> None:
    """The field, the value and the bound are told, by every call that takes a constraint."""
    constraint = request_.constraint
    stream = names.StreamNames(StreamNamesRequest(count=1, constraint=constraint))
    for call in (
        names.GenerateNames(request_),
        stream.read(),
        names.MeasureConstraint(MeasureConstraintRequest(constraint=constraint)),
        names.ListTopNames(ListTopNamesRequest(count=1, constraint=constraint)),
    ):
        code, message, violations, kinds = await refusal(call)
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert violations == {field: description}
        assert message == f"{field}: {description}"
        assert kinds == {"ErrorInfo", "BadRequest"}


@pytest.mark.parametrize(
    ("call", "request_", "field", "description"),
    [
        (
            "GenerateNames",
            GenerateNamesRequest(count=100_001, distinct=True),
            "count",
            "100001 is not in [1, 100000]",
        ),
        ("ListTopNames", ListTopNamesRequest(), "count", "0 is not in [1, 10000]"),
        ("ListTopNames", ListTopNamesRequest(count=10_001), "count", "10001 is not in [1, 10000]"),
        (
            "ListTopNames",
            ListTopNamesRequest(count=1, sampling=Sampling(top_p=2)),
            "sampling.top_p",
            "2.0 is not in (0, 1]",
        ),
        (
            "MeasureConstraint",
            MeasureConstraintRequest(floor=1),
            "floor",
            "1.0 is not in [-1000000, 0]",
        ),
        (
            "MeasureConstraint",
            MeasureConstraintRequest(floor=math.nan),
            "floor",
            "nan is not in [-1000000, 0]",
        ),
    ],
)
async def test_a_question_out_of_bounds_is_refused(
    names: Any, call: str, request_: Any, field: str, description: str
) -> None:
    """The field, the value and the bound are told."""
    code, message, violations, _ = await refusal(getattr(names, call)(request_))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert violations == {field: description}
    assert message == f"{field}: {description}"


async def test_a_stream_of_distinct_names_is_bounded(names: Any) -> None:
    """They are all held, so that there are at most 100,000."""
    stream = names.StreamNames(StreamNamesRequest(count=100_001, distinct=True))
    _, _, violations, _ = await refusal(stream.read())
    assert violations == {"count": "100001 is not in [1, 100000]"}


NONE = "no name satisfies the constraint under this sampling"
RARE = "names that satisfy the constraint have a probability below 1e-300 under this sampling"


@pytest.mark.parametrize(
    ("temperature", "fields", "message"),
    [
        (1, {"pattern": "[^a-z]"}, NONE),
        (1, {"pattern": "anna", "forbidden": ["anna"]}, NONE),
        (0, {"min_length": 31}, NONE),
        (0.2, {"pattern": "(qxz){20}", "max_length": 64}, RARE),
        (0.022, {"prefix": "qxzqxz", "min_length": 64, "max_length": 64}, RARE),
        (0.022, {"prefix": "qxzqxz", "suffix": "qxz", "min_length": 64, "max_length": 64}, RARE),
        (0.02, {"min_length": 64, "max_length": 64}, RARE),
    ],
)
async def test_what_no_name_satisfies_and_what_is_too_rare_are_told_apart(
    names: Any, temperature: float, fields: dict[str, Any], message: str
) -> None:
    """FAILED_PRECONDITION of names; what is rare, questions answer all the same."""
    sampling = Sampling(temperature=temperature)
    request = GenerateNamesRequest(count=1, sampling=sampling, constraint=Constraint(**fields))
    code, told, _, kinds = await refusal(names.GenerateNames(request))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert told.startswith(message)
    assert kinds == {"ErrorInfo"}
    asked = {"sampling": sampling, "constraint": request.constraint}
    measured = await names.MeasureConstraint(MeasureConstraintRequest(**asked))
    assert measured.probability < 1e-300
    assert (measured.names > 0) == (message is RARE)
    top = ListTopNamesRequest(count=1, **asked)
    if message is NONE:
        assert (await refusal(names.ListTopNames(top)))[:2] == (code, told)
    else:
        (log_prob,) = (await names.ListTopNames(top)).log_probs
        assert -1e5 < log_prob < math.log(1e-300)


async def test_new_constraints_wait_for_each_other_up_to_a_bound(
    names: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """52 at once are all answered; past the bound a caller is told to come again."""

    async def answers(*ends: str) -> list[Any]:
        patterns = [f"{letter}.*{end}" for end in ends for letter in "abcdefghijklmnopqrstuvwxyz"]
        calls = [names.GenerateNames(generate(pattern=one, max_length=4)) for one in patterns]
        return await asyncio.gather(*calls, return_exceptions=True)

    assert all(answer.names for answer in await answers("a", "e"))
    monkeypatch.setattr(cache, "MAKING", 2)
    refused = [error for error in await answers("i") if isinstance(error, grpc.aio.AioRpcError)]
    assert 0 < len(refused) <= 24
    for error in refused:
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "at most that many at once" in str(error.details())


async def test_an_unknown_model_is_not_found(names: Any, models: Any) -> None:
    """NOT_FOUND by each of the questions."""
    ref = ModelRef(name="other")
    for call in (
        names.MeasureConstraint(MeasureConstraintRequest(model=ref)),
        names.ListTopNames(ListTopNamesRequest(model=ref, count=1)),
        models.DescribeModel(DescribeModelRequest(model=ref)),
    ):
        code, _, violations, _ = await refusal(call)
        assert code is grpc.StatusCode.NOT_FOUND
        assert list(violations) == ["model.name"]
