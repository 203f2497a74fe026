"""Deadlines, closing, cancelling, and calls side by side."""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import grpc
import pytest

from fakes import Stuck
from namesmith_client import (
    TLS,
    AsyncClient,
    Client,
    DeadlineExceededError,
    NamesmithError,
)

Caller = Callable[..., Any]


Connect = Callable[..., AbstractContextManager[Caller]]


@pytest.mark.parametrize(("client", "own"), [(0.1, None), (30.0, 0.1), (None, 0.1)])
def test_the_deadline_is_the_calls_or_else_the_clients(
    connect: Connect, stuck: tuple[Stuck, str], client: float | None, own: float | None
) -> None:
    """A call without an answer in time ends on both sides; its error names deadline and address."""
    service, address = stuck
    with (
        connect(address, timeout=client) as call,
        pytest.raises(
            DeadlineExceededError, match=f"^deadline of 0.1 s exceeded, calling {address}"
        ),
    ):
        call("generate", 1, timeout=own)
    # On a busy machine the deadline may pass before the server has heard of the call.
    assert not service.called.is_set() or service.ended.wait(30)


def test_a_stream_has_a_deadline_only_of_its_own(
    connect: Connect, server: str, stuck: tuple[Stuck, str]
) -> None:
    """The client's timeout does not end a stream or an upload; a timeout of the call does."""
    with connect(server, timeout=1e-6) as call:
        assert len(list(call("stream", 3))) == 3
        assert call("evaluate_names", ["anna"]).names == 1
        with pytest.raises(DeadlineExceededError, match=r"^deadline of 0.1 s exceeded"):
            call("evaluate_names", itertools.repeat("anna"), timeout=0.1)
        with pytest.raises(ValueError, match="timeout: 0 is not in"):
            call("stream", 3, timeout=0)
    service, address = stuck
    with (
        connect(address) as call,
        pytest.raises(DeadlineExceededError, match=r"^deadline of 2 s exceeded"),
    ):
        next(iter(call("stream", 3, timeout=2)))  # reaches the service on a busy machine too
    assert service.ended.wait(30)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("generate", (1,)),
        ("stream", (1,)),
        ("evaluate_names", (["anna"],)),
        ("models", ()),
        ("wait_ready", ()),
    ],
)
def test_every_operation_of_a_closed_client_is_refused(
    connect: Connect, server: str, operation: str, arguments: tuple[object, ...]
) -> None:
    """A client can be closed twice, and a closed client makes no call."""
    with connect(server) as call:
        call("health")
        call("close")
        call("close")
        with pytest.raises(RuntimeError, match=r"^the client is closed$"):
            call(operation, *arguments)


def test_closing_the_client_ends_its_streams(connect: Connect, server: str) -> None:
    """A reader gets an error of code CANCELLED, and not the end of the names."""
    with connect(server) as call:
        names = iter(call("stream", 10**9))
        next(names)
        call("close")
        with pytest.raises(NamesmithError, match="its client or its stream was closed") as caught:
            for _ in names:
                pass
    assert caught.value.code is grpc.StatusCode.CANCELLED


async def test_closing_the_client_fails_its_calls(stuck: tuple[Stuck, str]) -> None:
    """A task that awaits a call fails with an error, and is not cancelled."""
    service, address = stuck
    client = AsyncClient(address)
    task = asyncio.ensure_future(client.generate(1))
    await asyncio.to_thread(service.called.wait, 30)
    await client.close()
    with pytest.raises(NamesmithError, match="its client or its stream was closed"):
        await task


async def test_cancelling_the_task_cancels_the_call(stuck: tuple[Stuck, str]) -> None:
    """The server hears of the cancellation, and the task ends with CancelledError."""
    service, address = stuck
    async with AsyncClient(address) as client:
        task = asyncio.ensure_future(client.generate(1))
        await asyncio.to_thread(service.called.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(service.ended.wait, 30)


async def test_calls_of_an_async_client_run_side_by_side(server: str) -> None:
    """Many calls share one client, each with its own answer."""
    async with AsyncClient(server) as client:
        results = await asyncio.gather(*(client.generate(2, seed=i) for i in range(50)))
    assert [result.seed for result in results] == list(range(50))


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_an_impossible_address_timeout_or_certificate_is_refused(
    kind: Callable[..., object],
) -> None:
    """The error names the argument, its value and its bound."""
    with pytest.raises(ValueError, match="address: is empty"):
        kind("")
    for timeout in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=rf"timeout: {timeout} is not in \(0, 1000000\]"):
            kind("localhost:1", timeout=timeout)
    with pytest.raises(ValueError, match="root_certificates: no PEM certificate"):
        TLS(b"junk")
    with pytest.raises(TypeError, match="root_certificates: str, the bytes of a PEM file are"):
        TLS("root.pem")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="tls: True, a TLS or None is expected"):
        kind("localhost:1", tls=True)


async def test_thousands_of_calls_at_once_on_one_connection_are_all_answered(server: str) -> None:
    """Calls for which the connection has no room wait in the client."""
    async with AsyncClient(server, timeout=120) as client:
        names = await asyncio.gather(*(client.generate(1, seed=i) for i in range(3_000)))
        assert names[2_999] == await client.generate(1, seed=2_999)
