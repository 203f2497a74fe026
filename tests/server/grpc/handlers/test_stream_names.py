"""StreamNames over a real connection: its chunks, refusals and deadlines."""

from typing import Any

import grpc
import pytest

from namesmith.v1.names_pb2 import Constraint, GenerateNamesRequest, Sampling, StreamNamesRequest
from refusals import refusal


@pytest.mark.parametrize("count", [1, 64, 65, 8_192, 20_000])
async def test_a_stream_is_the_unary_answer_in_chunks(names: Any, count: int) -> None:
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
async def test_a_stream_out_of_bounds_is_refused(
    names: Any, request_: StreamNamesRequest, field: str, description: str
) -> None:
    """A value out of bounds is named with the bound."""
    code, _, violations, _ = await refusal(names.StreamNames(request_).read())
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert violations == {field: description}


async def test_a_deadline_ends_a_stream(names: Any) -> None:
    """DEADLINE_EXCEEDED follows the first chunks, and the server answers the next call."""
    stream = names.StreamNames(StreamNamesRequest(count=10**9), timeout=0.3)
    parts = 0
    with pytest.raises(grpc.aio.AioRpcError) as caught:  # noqa: PT012 - a stream is read in a loop
        async for _ in stream:
            parts += 1
    assert parts
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert len((await names.GenerateNames(GenerateNamesRequest(count=1))).names) == 1
