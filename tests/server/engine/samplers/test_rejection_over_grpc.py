"""Constrained names of a model without a table are drawn by rejection, which tells its rate."""

from typing import Any

import grpc
import pytest

from namesmith.v1.names_pb2 import (
    Constraint,
    GenerateNamesRequest,
    StreamNamesRequest,
)
from namesmith.v1.names_pb2_grpc import NameServiceStub
from namesmith_server.engine.samplers import BatchedSampler, rejection_sampler
from refusals import refusal


@pytest.fixture
def names(deep_channel: grpc.aio.Channel) -> Any:
    """Provide the NameService of a model that is too large for a table."""
    return NameServiceStub(deep_channel)


async def test_accepted_names_come_with_their_acceptance_rate(names: Any) -> None:
    """A unary call and a stream give the same names and rate; a prefix alone rejects nothing."""
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
    assert not (await names.GenerateNames(plain)).HasField("acceptance_rate")


async def test_a_call_that_gives_up_tells_the_acceptance_rate(
    names: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAILED_PRECONDITION follows a bounded number of tries; a bad pattern is refused first."""
    monkeypatch.setattr(rejection_sampler, "MAX_REJECTED_IN_A_ROW", 500)
    never = GenerateNamesRequest(count=1, constraint=Constraint(pattern="qxzqxz"))
    code, message, _, kinds = await refusal(names.GenerateNames(never))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert message.startswith("512 names in a row did not satisfy the constraint, 0 of 512 did")
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
    monkeypatch.setattr(BatchedSampler, "sample", None)
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
    monkeypatch.setattr(rejection_sampler, "MAX_REJECTED_IN_A_ROW", 3_000)
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
