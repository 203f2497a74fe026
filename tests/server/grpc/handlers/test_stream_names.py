"""Streams in both directions, deadlines, cancellation and admission, over a real connection."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from namesmith.v1.models_pb2 import ListModelsRequest
from namesmith.v1.names_pb2 import (
    Constraint,
    EvaluateNamesRequest,
    EvaluateSplitRequest,
    GenerateNamesRequest,
    ModelRef,
    Sampling,
    StreamNamesRequest,
)
from namesmith_server.app.settings import EMBEDDED
from refusals import refusal

VAL = EMBEDDED / "us-names" / "1" / "splits" / "val.txt"


async def sent(*messages: EvaluateNamesRequest) -> AsyncIterator[EvaluateNamesRequest]:
    """The messages of a call."""
    for message in messages:
        yield message


@pytest.mark.parametrize("count", [1, 64, 65, 8_192, 20_000])
async def test_a_stream_is_the_unary_answer_in_parts(names: Any, count: int) -> None:
    """Names, log-probabilities and seed are those of GenerateNames, in the same order."""
    fields = {
        "count": count,
        "seed": 5,
        "with_log_probs": True,
        "sampling": Sampling(temperature=0.9),
        "constraint": Constraint(prefix="k"),
    }
    whole = await names.GenerateNames(GenerateNamesRequest(**fields))
    parts = [part async for part in names.StreamNames(StreamNamesRequest(**fields))]
    assert [name for part in parts for name in part.names] == list(whole.names)
    assert [one for part in parts for one in part.log_probs] == list(whole.log_probs)
    assert {(part.seed, part.model, part.version) for part in parts} == {(5, "us-names", 1)}
    assert all(part.names for part in parts)


@pytest.mark.parametrize(
    ("request_", "field", "description"),
    [
        (StreamNamesRequest(), "count", "0 is not in [1, 1000000000]"),
        (StreamNamesRequest(count=-5), "count", "-5 is not in [1, 1000000000]"),
        (StreamNamesRequest(count=10**9 + 1), "count", "1000000001 is not in [1, 1000000000]"),
        (
            StreamNamesRequest(count=1, sampling=Sampling(top_k=-1)),
            "sampling.top_k",
            "-1 is not in [0, 27]",
        ),
    ],
)
async def test_a_stream_refuses(
    names: Any, request_: StreamNamesRequest, field: str, description: str
) -> None:
    """Bad arguments of a stream are refused as those of a unary call."""
    code, _, violations, _ = await refusal(names.StreamNames(request_).read())
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert violations == {field: description}


async def test_names_sent_in_any_portions_have_the_loss_of_the_split(names: Any) -> None:
    """The val split, sent in three messages of which one is empty, has the val split's loss."""
    val = VAL.read_text().split()
    answer = await names.EvaluateNames(
        sent(
            EvaluateNamesRequest(names=val[:1000]),
            EvaluateNamesRequest(),
            EvaluateNamesRequest(names=val[1000:]),
        )
    )
    expected = await names.EvaluateSplit(EvaluateSplitRequest(split="val"))
    assert answer.loss == pytest.approx(expected.loss, rel=1e-12)
    for field in ("names", "symbols", "model", "version", "backend", "device"):
        assert getattr(answer, field) == getattr(expected, field)


@pytest.mark.parametrize(
    ("messages", "field", "code"),
    [
        ([], "names", grpc.StatusCode.INVALID_ARGUMENT),
        ([EvaluateNamesRequest()], "names", grpc.StatusCode.INVALID_ARGUMENT),
        ([EvaluateNamesRequest(names=["a1"])], "names[0]", grpc.StatusCode.INVALID_ARGUMENT),
        (
            [EvaluateNamesRequest(names=["a"]), EvaluateNamesRequest(names=["b", "a" * 1025])],
            "names[2]",
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
        (
            [EvaluateNamesRequest(model=ModelRef(name="x"), names=["a"])],
            "model.name",
            grpc.StatusCode.NOT_FOUND,
        ),
    ],
)
async def test_evaluation_refuses(
    names: Any, messages: list[EvaluateNamesRequest], field: str, code: grpc.StatusCode
) -> None:
    """No names, unknown characters or models: the field is named, counted over all messages."""
    refused, _, violations, _ = await refusal(names.EvaluateNames(sent(*messages)))
    assert refused is code
    assert list(violations) == [field]


async def test_past_the_limit_calls_are_refused_at_once(names: Any, models: Any) -> None:
    """RESOURCE_EXHAUSTED with RetryInfo; what was admitted is answered, and then there is room."""
    large = GenerateNamesRequest(count=62_000)  # of 250,000 at once
    calls = [names.GenerateNames(large) for _ in range(6)]
    assert (await models.ListModels(ListModelsRequest())).models  # never refused
    results = await asyncio.gather(*calls, return_exceptions=True)
    refused = [result for result in results if isinstance(result, grpc.aio.AioRpcError)]
    assert all(len(result.names) == 62_000 for result in results if result not in refused)
    assert len(refused) == 2
    for call in calls:
        if await call.code() is not grpc.StatusCode.OK:
            code, message, _, kinds = await refusal(call)
            assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert message.endswith("at most 250000 at once")
            assert kinds == {"ErrorInfo", "RetryInfo"}
    assert len((await names.GenerateNames(large)).names) == 62_000


async def test_cancelled_streams_free_their_places(names: Any) -> None:
    """Beside 32 streams four calls of 62,000 names find no room; once cancelled they do."""
    large = GenerateNamesRequest(count=62_000)
    for _ in range(2):
        streams = [names.StreamNames(StreamNamesRequest(count=10**9)) for _ in range(32)]
        for stream in streams:
            assert (await stream.read()).names
        refused = await asyncio.gather(
            *(names.GenerateNames(large) for _ in range(4)), return_exceptions=True
        )
        assert any(isinstance(one, grpc.aio.AioRpcError) for one in refused)
        for stream in streams:
            stream.cancel()
        for _ in range(1_000):  # until the server has heard of it
            answers = await asyncio.gather(
                *(names.GenerateNames(large) for _ in range(4)), return_exceptions=True
            )
            if not any(isinstance(one, grpc.aio.AioRpcError) for one in answers):
                break
            await asyncio.sleep(0.01)
        else:
            pytest.fail("the cancelled streams still take their places")


async def test_paused_readers_leave_room_for_others(names: Any) -> None:
    """A hundred streams that nobody reads on do not keep a bulk call out."""
    streams = [names.StreamNames(StreamNamesRequest(count=10**9)) for _ in range(100)]
    for stream in streams:
        assert (await stream.read()).names
    assert len((await names.GenerateNames(GenerateNamesRequest(count=62_000))).names) == 62_000
    for stream in streams:
        stream.cancel()


async def test_new_samplings_past_a_bound_are_refused_at_once(names: Any) -> None:
    """Each takes memory while it is prepared: some are answered, the others may try again."""
    calls = [
        names.GenerateNames(
            GenerateNamesRequest(count=1, sampling=Sampling(temperature=1 + i / 1000))
        )
        for i in range(1, 101)
    ]
    results = await asyncio.gather(*calls, return_exceptions=True)
    refused = [one for one in results if isinstance(one, grpc.aio.AioRpcError)]
    assert 0 < len(refused) < 100
    assert {one.code() for one in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}


async def test_a_deadline_ends_the_work(names: Any) -> None:
    """A stream is ended by its deadline, and the server works on."""
    stream = names.StreamNames(StreamNamesRequest(count=10**9), timeout=0.3)
    parts = 0
    with pytest.raises(grpc.aio.AioRpcError) as caught:  # noqa: PT012 - a stream is read in a loop
        async for _ in stream:
            parts += 1
    assert parts
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert len((await names.GenerateNames(GenerateNamesRequest(count=1))).names) == 1
