"""Names read while they are made, by both clients from the real server."""

import asyncio
import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes import Stuck
from namesmith_client import (
    AsyncClient,
    Client,
    FailedPreconditionError,
    InvalidArgumentError,
    NamesmithError,
    NotFoundError,
    ResourceExhaustedError,
)
from processes import running

Caller = Callable[..., Any]
Connect = Callable[..., AbstractContextManager[Caller]]

ENDLESS = 10**9
PATIENCE = 30.0
"""Seconds in which a server must have noticed that a stream is over."""


@given(
    count=st.integers(1, 20_000),
    seed=st.integers(0, 2**64 - 1),
    prefix=st.sampled_from(["", "ma"]),
    log_probs=st.booleans(),
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_stream_holds_the_names_that_generate_answers(
    call: Caller, count: int, seed: int, prefix: str, *, log_probs: bool
) -> None:
    """The names are the same for the same arguments and seed, in whatever chunks they come."""
    arguments: dict[str, Any] = {"seed": seed, "prefix": prefix, "log_probs": log_probs}
    whole = call("generate", count, **arguments)
    chunks = list(call("stream", count, **arguments).chunks())
    assert tuple(itertools.chain.from_iterable(chunk.names for chunk in chunks)) == whole.names
    if log_probs:
        values = itertools.chain.from_iterable(chunk.log_probs for chunk in chunks)
        assert tuple(values) == whole.log_probs
    else:
        assert {chunk.log_probs for chunk in chunks} == {None}
    assert {(chunk.seed, chunk.model, chunk.version) for chunk in chunks} == {(seed, "us-names", 1)}


def test_names_one_at_a_time_are_the_names_of_the_chunks(call: Caller) -> None:
    """Iterating goes on where an earlier loop stopped, and ends once."""
    stream = call("stream", 9_000, seed=5, max_length=4)
    names = iter(stream)
    first = list(itertools.islice(names, 10))
    assert (*first, *names) == call("generate", 9_000, seed=5, max_length=4).names
    assert list(stream) == []
    assert list(stream.chunks()) == []


def test_the_origin_comes_with_the_first_names(call: Caller) -> None:
    """The drawn seed gives the same names again; before the first names it is refused."""
    stream = call("stream", 5)
    with pytest.raises(RuntimeError, match="come with its first names"):
        _ = stream.seed
    names = tuple(stream)
    assert call("generate", 5, seed=stream.seed).names == names
    assert (stream.model, stream.version) == ("us-names", 1)


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"count": 0}, InvalidArgumentError),
        ({"count": ENDLESS + 1}, InvalidArgumentError),
        ({"count": 1, "top_p": 0.0}, InvalidArgumentError),
        ({"count": 1, "model": "absent"}, NotFoundError),
        ({"count": 1, "top_k": 1, "min_length": 31}, FailedPreconditionError),
    ],
)
def test_a_refusal_comes_with_the_first_read(
    call: Caller, arguments: dict[str, Any], kind: type[NamesmithError]
) -> None:
    """Reading names and reading chunks raise the errors of generate."""
    for read in (iter, lambda stream: stream.chunks()):
        with pytest.raises(kind):
            next(read(call("stream", **arguments)))


@pytest.fixture(scope="module")
def narrow() -> Iterator[str]:
    """Start a server that has room for one long stream and one name, and provide its address."""
    with running("--max-names", "513") as process:
        yield process.address


def until_accepted(call: Caller) -> None:
    """Stream as soon as the server has room for a stream, and fail when it has none in time."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            assert len(list(call("stream", 8_192))) == 8_192
        except ResourceExhaustedError:
            assert time.monotonic() < end
        else:
            return


def close(stream: Any) -> None:
    """Close a stream while a reference to it is kept."""
    stream.close()
    with pytest.raises(NamesmithError, match="was closed") as caught:
        for _ in stream:
            pass
    assert caught.value.code is grpc.StatusCode.CANCELLED


@pytest.mark.parametrize("leave", [close, lambda _: None], ids=["closed", "dropped"])
def test_a_stream_that_is_left_frees_the_server(
    connect: Connect, narrow: str, leave: Callable[[Any], None]
) -> None:
    """An open stream leaves no room for a second stream; a stream that is left early makes room."""
    with connect(narrow, retry=None) as call:
        until_accepted(call)
        stream = call("stream", ENDLESS)
        next(iter(stream))
        with pytest.raises(ResourceExhaustedError) as caught:
            next(iter(call("stream", ENDLESS)))
        assert caught.value.retry_delay is not None
        leave(stream)
        del stream, caught
        until_accepted(call)


def test_leaving_the_block_or_the_loop_ends_a_stream(narrow: str) -> None:
    """A break from the loop ends the stream, with or without a ``with`` block around the loop."""
    with Client(narrow, retry=None) as client:
        call = lambda operation, *args: getattr(client, operation)(*args)  # noqa: E731
        with client.stream(ENDLESS) as stream:
            for _ in stream:
                break
        until_accepted(call)
        for _ in client.stream(ENDLESS):
            break
        until_accepted(call)


def until_free(address: str) -> None:
    """Wait until the server at the address has room for a stream."""
    with Client(address) as client:
        until_accepted(lambda operation, *args: getattr(client, operation)(*args))


async def test_leaving_the_block_ends_an_async_stream(narrow: str) -> None:
    """The server has room again; a cancelled reader ends with CancelledError and no other error."""
    async with AsyncClient(narrow) as client:

        async def read() -> None:
            async with client.stream(ENDLESS) as stream:
                async for _ in stream:
                    reading.set()

        for _ in range(3):
            reading = asyncio.Event()
            task = asyncio.ensure_future(read())
            await reading.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.to_thread(until_free, narrow)
        async with client.stream(ENDLESS) as stream:
            async for _ in stream:
                break
        await asyncio.to_thread(until_free, narrow)


def test_a_closed_stream_gives_no_name_that_had_come(call: Caller) -> None:
    """Neither of the chunk in memory nor of the next ones; a stream read whole has ended."""
    for read in (iter, lambda stream: stream.chunks()):
        stream = call("stream", 50_000)
        items = read(stream)
        next(items)
        stream.close()
        with pytest.raises(NamesmithError, match=r"was closed|cancelled"):
            next(items)
    stream = call("stream", 3)
    assert len(list(stream)) == 3
    stream.close()
    assert list(stream.chunks()) == []


def test_a_stream_that_waits_can_be_closed_by_another_thread(stuck: tuple[Stuck, str]) -> None:
    """The waiting reader gets an error, and the server hears of the end."""
    service, address = stuck
    with Client(address) as client, client.stream(1) as stream:

        async def read_and_close() -> None:
            reader = asyncio.ensure_future(asyncio.to_thread(list, stream))
            await asyncio.to_thread(service.called.wait, 30)
            stream.close()
            with pytest.raises(NamesmithError, match="was closed"):
                await reader

        asyncio.run(read_and_close())
    assert service.ended.wait(30)


def test_memory_stays_flat_over_half_a_million_names(server: str) -> None:
    """Names go from a stream into an evaluation; keeping them all would take 30 MB."""
    program = f"""
import resource
from namesmith_client import Client

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

with Client({server!r}) as client:
    client.evaluate_names(client.stream(50_000))
    before = peak()
    assert client.evaluate_names(client.stream(500_000)).names == 500_000
    print(peak() - before)
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert int(result.stdout) < 20
