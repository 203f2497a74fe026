"""A model without a table, over a real connection: rejection that says so, and no questions."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from namesmith.v1.models_pb2 import DescribeModelRequest
from namesmith.v1.models_pb2_grpc import ModelServiceStub
from namesmith.v1.names_pb2 import (
    Constraint,
    GenerateNamesRequest,
    ListTopNamesRequest,
    MeasureConstraintRequest,
    StreamNamesRequest,
)
from namesmith.v1.names_pb2_grpc import NameServiceStub
from namesmith_server.app.loading import load_repository
from namesmith_server.app.settings import Settings
from namesmith_server.app.transport import HealthService, build_server, listen
from namesmith_server.engine import rejecting
from namesmith_server.engine.stepwise import StepwiseSampler
from namesmith_server.service.catalog import Catalog
from refusals import refusal


@pytest.fixture
async def channel(
    deep_repository: Path, executor: ThreadPoolExecutor
) -> AsyncIterator[grpc.aio.Channel]:
    """A connection to the services on a model that is too large for a table."""
    settings = Settings(models=deep_repository, address="127.0.0.1:0")
    catalog = Catalog()
    catalog.fill(load_repository(settings, executor), "deep")
    server = build_server(settings, catalog, HealthService())
    port = listen(server, settings)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)
    catalog.close()


async def test_accepted_names_come_with_their_rate(channel: grpc.aio.Channel) -> None:
    """Unary and streamed, to the same names; a prefix alone is not rejection."""
    names: Any = NameServiceStub(channel)
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


async def test_giving_up_tells_the_rate(
    channel: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAILED_PRECONDITION, after a bounded number of tries; bad patterns are told before any."""
    monkeypatch.setattr(rejecting, "TRIES", 500)
    names: Any = NameServiceStub(channel)
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
async def test_what_no_name_satisfies_is_told_before_any_is_drawn(
    channel: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch, constraint: Constraint
) -> None:
    """FAILED_PRECONDITION that says so, not that it gave up; unary and streamed."""
    monkeypatch.setattr(StepwiseSampler, "sample", None)
    names: Any = NameServiceStub(channel)
    stream = names.StreamNames(StreamNamesRequest(count=9, constraint=constraint))
    for call in (
        names.GenerateNames(GenerateNamesRequest(count=1, constraint=constraint)),
        stream.read(),
    ):
        code, message, _, kinds = await refusal(call)
        assert code is grpc.StatusCode.FAILED_PRECONDITION
        assert message == "no name satisfies the constraint"
        assert kinds == {"ErrorInfo"}


async def test_the_last_of_few_distinct_names_ends_the_search(channel: grpc.aio.Channel) -> None:
    """All that there are, as from a model with a table, and the answer says so."""
    names: Any = NameServiceStub(channel)
    constraint = Constraint(prefix="ja", pattern="ja[ny]", max_length=3)
    request = GenerateNamesRequest(count=5, seed=1, constraint=constraint, distinct=True)
    answer = await names.GenerateNames(request)
    assert sorted(answer.names) == ["jan", "jay"]
    assert answer.exhausted
    assert not answer.gave_up
    request.count = 2
    assert not (await names.GenerateNames(request)).exhausted


async def test_names_that_were_found_are_not_lost(
    channel: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one that is drawn and one that practically never is: the one, and that it gave up."""
    monkeypatch.setattr(rejecting, "TRIES", 3_000)
    names: Any = NameServiceStub(channel)
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


async def test_questions_need_a_table(channel: grpc.aio.Channel) -> None:
    """FAILED_PRECONDITION by each of the three."""
    names: Any = NameServiceStub(channel)
    models: Any = ModelServiceStub(channel)
    for call in (
        names.MeasureConstraint(MeasureConstraintRequest()),
        names.ListTopNames(ListTopNamesRequest(count=1)),
        models.DescribeModel(DescribeModelRequest()),
    ):
        code, message, _, kinds = await refusal(call)
        assert code is grpc.StatusCode.FAILED_PRECONDITION
        assert message.startswith("only a model with a table answers this")
        assert kinds == {"ErrorInfo"}
