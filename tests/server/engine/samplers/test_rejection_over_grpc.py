"""Names of a model without a chain are drawn by rejection, which tells its rate."""

import asyncio
from typing import Any

import grpc
import pytest

from namesmith.v1.names_pb2 import (
    Constraint,
    GenerateNamesRequest,
    GenerateNamesResponse,
    StreamNamesRequest,
)
from namesmith.v1.names_pb2_grpc import NameServiceStub
from namesmith_server.engine.batching import BatchScheduler
from namesmith_server.engine.samplers import rejection_search
from refusals import refusal


@pytest.fixture
def names(deep_channel: grpc.aio.Channel) -> Any:
    """Provide the NameService of a model without a chain."""
    return NameServiceStub(deep_channel)


async def test_accepted_names_come_with_their_acceptance_rate(names: Any) -> None:
    """A unary call and a stream give the same names and rate; so does a prefix alone."""
    constraint = Constraint(prefix="m", pattern=".*[aen]", novel=True)
    answer = await names.GenerateNames(
        GenerateNamesRequest(count=30, seed=1, constraint=constraint, distinct=True)
    )
    assert len(set(answer.names)) == 30
    assert all(name[0] == "m" and name[-1] in "aen" for name in answer.names)
    assert 0 < answer.acceptance_rate < 1
    stream = names.StreamNames(
        StreamNamesRequest(count=30, seed=1, constraint=constraint, distinct=True)
    )
    parts = [part async for part in stream]
    assert [name for part in parts for name in part.names] == list(answer.names)
    assert parts[-1].acceptance_rate == answer.acceptance_rate
    plain = GenerateNamesRequest(count=5, constraint=Constraint(prefix="m"))
    assert 0.9 < (await names.GenerateNames(plain)).acceptance_rate <= 1


async def test_a_call_that_finds_no_name_fails(names: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAILED_PRECONDITION follows a bounded number of tries; a bad pattern is refused first."""
    monkeypatch.setattr(rejection_search, "MAX_REJECTED_IN_A_ROW", 500)
    never = GenerateNamesRequest(count=1, constraint=Constraint(pattern="qxzqxz"))
    code, message, _, kinds = await refusal(names.GenerateNames(never))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert message.startswith("500 candidates in a row did not satisfy the constraint")
    assert kinds == {"ErrorInfo"}
    wrong = GenerateNamesRequest(count=1, constraint=Constraint(pattern="a("))
    code, _, violations, _ = await refusal(names.GenerateNames(wrong))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert list(violations) == ["constraint.pattern"]


@pytest.mark.parametrize(
    "constraint",
    [
        Constraint(pattern="a{3}", contains="b"),
        Constraint(pattern="anna", forbidden=["anna"]),
        Constraint(prefix="b", pattern="a.*"),
        Constraint(pattern="a{9}", max_length=8),
        Constraint(prefix="ab", pattern="(abc){2}", min_length=7),
    ],
)
async def test_a_constraint_that_no_name_satisfies_is_refused_before_any_is_drawn(
    names: Any, monkeypatch: pytest.MonkeyPatch, constraint: Constraint
) -> None:
    """FAILED_PRECONDITION says that there is no such name, in a unary call and in a stream."""
    monkeypatch.setattr(BatchScheduler, "draw", None)
    stream = names.StreamNames(StreamNamesRequest(count=9, constraint=constraint))
    for call in (
        names.GenerateNames(GenerateNamesRequest(count=1, constraint=constraint)),
        stream.read(),
    ):
        code, message, _, kinds = await refusal(call)
        assert code is grpc.StatusCode.FAILED_PRECONDITION
        assert message == "no name satisfies the constraint"
        assert kinds == {"ErrorInfo"}


async def test_the_last_of_few_distinct_names_ends_the_search(names: Any) -> None:
    """The answer holds every distinct name that there is, and says that there are no more."""
    constraint = Constraint(prefix="ja", pattern="ja[ny]", max_length=3)
    request = GenerateNamesRequest(count=5, seed=1, constraint=constraint, distinct=True)
    answer = await names.GenerateNames(request)
    assert sorted(answer.names) == ["jan", "jay"]
    assert answer.exhausted
    assert not answer.gave_up
    request.count = 2
    assert not (await names.GenerateNames(request)).exhausted


async def test_an_answer_that_gives_up_keeps_the_names_that_were_found(
    names: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An improbable name of two is never found: the answer holds the other name, and gave up."""
    monkeypatch.setattr(rejection_search, "MAX_REJECTED_IN_A_ROW", 3_000)
    constraint = Constraint(prefix="ja", pattern="jan|jaqxqx", max_length=6)
    request = GenerateNamesRequest(
        count=5, seed=1, constraint=constraint, distinct=True, with_log_probs=True
    )
    answer = await names.GenerateNames(request)
    assert list(answer.names) == ["jan"]
    assert len(answer.log_probs) == 1
    assert answer.gave_up
    assert not answer.exhausted
    assert 0 < answer.acceptance_rate < 1
    stream = names.StreamNames(
        StreamNamesRequest(
            count=5, seed=1, constraint=constraint, distinct=True, with_log_probs=True
        )
    )
    parts = [part async for part in stream]
    assert [(list(part.names), part.gave_up) for part in parts] == [(["jan"], False), ([], True)]
    assert parts[-1].acceptance_rate == answer.acceptance_rate


async def test_lengths_that_are_rare_give_the_names_of_a_pattern(names: Any) -> None:
    """Lengths 2..2 and the pattern ".." are one rule: the same names, with their rate."""
    lengths = GenerateNamesRequest(
        count=20, seed=3, constraint=Constraint(min_length=2, max_length=2)
    )
    pattern = GenerateNamesRequest(count=20, seed=3, constraint=Constraint(pattern=".."))
    first, second = await names.GenerateNames(lengths), await names.GenerateNames(pattern)
    assert [len(name) for name in first.names] == [2] * 20
    assert list(first.names) == list(second.names)
    assert 0 < first.acceptance_rate == second.acceptance_rate < 1


async def test_lengths_that_are_hardly_found_keep_the_names_that_were_found(
    names: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unary call and a stream keep the same first names of the whole, and tell a rate."""
    monkeypatch.setattr(rejection_search, "MAX_REJECTED_IN_A_ROW", 150)
    short = Constraint(min_length=2, max_length=2)
    requests = [GenerateNamesRequest(count=40, seed=i, constraint=short) for i in range(30)]
    answers = await asyncio.gather(*map(names.GenerateNames, requests), return_exceptions=True)
    request, answer = next(
        (request, answer)
        for request, answer in zip(requests, answers, strict=True)
        if isinstance(answer, GenerateNamesResponse) and answer.gave_up
    )
    assert 0 < len(answer.names) < 40
    assert 0 < answer.acceptance_rate < 1
    stream = names.StreamNames(StreamNamesRequest(count=40, seed=request.seed, constraint=short))
    parts = [part async for part in stream]
    assert [name for part in parts for name in part.names] == list(answer.names)
    assert [part.gave_up for part in parts] == [False] * (len(parts) - 1) + [True]
    assert parts[-1].acceptance_rate == answer.acceptance_rate
    monkeypatch.undo()
    whole = await names.GenerateNames(request)
    assert not whole.gave_up
    assert list(whole.names[: len(answer.names)]) == list(answer.names)


async def test_lengths_that_are_never_found_fail_in_bounded_time(names: Any) -> None:
    """FAILED_PRECONDITION says after how many candidates, in a unary call and in a stream."""
    constraint = Constraint(min_length=60, max_length=64)
    stream = names.StreamNames(StreamNamesRequest(count=9, constraint=constraint))
    call = names.GenerateNames(GenerateNamesRequest(count=1_000, constraint=constraint))
    for one in (call, stream.read()):
        code, message, _, _ = await refusal(one)
        assert code is grpc.StatusCode.FAILED_PRECONDITION
        assert message.startswith("10000 candidates in a row did not satisfy the constraint")
