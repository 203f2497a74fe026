"""Clients that are slow: how many are waited for, and how long."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import grpc
import pytest

from namesmith.limits import NEXT_MESSAGE_SECONDS, REQUEST_SECONDS, UNREAD_SECONDS
from namesmith_server.grpc.edge.patience import QUEUE_SECONDS, ROOM_SECONDS, Patience
from namesmith_server.grpc.errors import (
    ReceivingError,
    RoomError,
    SlowReaderError,
    SlowSenderError,
    UnreadError,
)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Client:
    """The context of a call whose client sends and reads when the test lets it."""

    def __init__(self, peer: str) -> None:
        self._peer = peer
        self.message: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def peer(self) -> str:
        """Return the connection."""
        return self._peer

    async def read(self) -> Any:
        """Return the message once it comes."""
        return await self.message

    async def write(self, _message: object) -> None:
        """Wait until the client reads."""
        await self.message


class Calls:
    """The calls of a test.

    Attributes:
        clock: clock of the sweeps.
        patience: waits of the calls.
    """

    def __init__(self, places: int = 8, unread: int = 6_000) -> None:
        self.clock = Clock()
        self.patience = Patience(places, unread, self.clock)

    async def begin(self, waiting: Awaitable[Any]) -> "asyncio.Task[Any]":
        """Begin a wait."""
        task = asyncio.ensure_future(waiting)
        await asyncio.sleep(0)
        return task

    async def read(self, client: Any, seconds: float = REQUEST_SECONDS) -> "asyncio.Task[Any]":
        """Begin to receive."""
        return await self.begin(self.patience.read(client, seconds))

    async def sweep(self, seconds: float) -> None:
        """Move the clock, sweep, and let the calls run."""
        self.clock.now += seconds
        self.patience.sweep()
        for _ in range(5):
            await asyncio.sleep(0)


async def test_a_message_is_received_when_it_comes() -> None:
    """Its bytes are returned, None at the end of a stream, whatever was swept before."""
    calls = Calls()
    for sent, expected in ((b"abc", b"abc"), (b"", b""), (grpc.aio.EOF, None)):
        client = Client("one")
        task = await calls.read(client)
        await calls.sweep(REQUEST_SECONDS - 1)
        client.message.set_result(sent)
        assert await task == expected


@pytest.mark.parametrize("seconds", [REQUEST_SECONDS, NEXT_MESSAGE_SECONDS])
async def test_a_message_that_is_never_complete_ends(seconds: float) -> None:
    """The error tells the time that the sender had."""
    calls = Calls()
    task = await calls.read(Client("one"), seconds)
    await calls.sweep(seconds - 0.01)
    assert not task.done()
    await calls.sweep(0.02)
    with pytest.raises(SlowSenderError, match=rf"within {seconds:g} seconds"):
        await task


async def test_a_stream_that_nobody_reads_ends() -> None:
    """A reader that pauses for less goes on."""
    calls = Calls()
    client = Client("one")
    slow = await calls.begin(calls.patience.write(client, b"."))  # type: ignore[arg-type]
    quick = Client("one")
    soon = await calls.begin(calls.patience.write(quick, b"."))  # type: ignore[arg-type]
    await calls.sweep(UNREAD_SECONDS - 1)
    quick.message.set_result(None)
    await soon
    await calls.sweep(2)
    with pytest.raises(SlowReaderError):
        await slow


async def test_unread_streams_hold_a_bounded_amount() -> None:
    """Beyond it the connection that holds most loses its oldest stream."""
    calls = Calls(unread=6_000)
    first = await calls.begin(calls.patience.write(Client("greedy"), b"." * 400))  # type: ignore[arg-type]
    await calls.sweep(0.01)  # the first is older
    second = await calls.begin(calls.patience.write(Client("greedy"), b"." * 400))  # type: ignore[arg-type]
    modest = await calls.begin(calls.patience.write(Client("modest"), b"." * 300))  # type: ignore[arg-type]
    await calls.sweep(ROOM_SECONDS)
    with pytest.raises(UnreadError):
        await first
    assert not second.done()
    assert not modest.done()


async def test_a_connection_alone_leaves_places() -> None:
    """A newcomer's message is received at once, whatever another connection leaves unfinished."""
    calls = Calls(places=8)
    for _ in range(40):
        await calls.read(Client("greedy"))
    newcomer = Client("newcomer")
    newcomer.message.set_result(b"now")
    assert await asyncio.wait_for(calls.patience.read(newcomer), 5) == b"now"  # type: ignore[arg-type]


async def test_eight_connections_leave_places() -> None:
    """Eight greedy connections leave places to the next one."""
    calls = Calls(places=16)
    for at in range(80):
        await calls.read(Client(f"greedy {at % 8}"))
    newcomer = Client("newcomer")
    newcomer.message.set_result(b"now")
    assert await asyncio.wait_for(calls.patience.read(newcomer), 5) == b"now"  # type: ignore[arg-type]


async def test_unfinished_messages_make_room_for_calls_that_wait() -> None:
    """The oldest of the connection that holds most ends, and the call that waited is received."""
    calls = Calls(places=8)
    greedy = [await calls.read(Client("greedy")) for _ in range(8)]
    waiting = [task for task in greedy if not task.done()]
    await calls.sweep(ROOM_SECONDS)
    ended = [task for task in waiting if task.done()]
    assert ended
    for task in ended:
        with pytest.raises(RoomError):
            await task


async def test_a_call_waits_a_bounded_time_for_a_place() -> None:
    """A call that waited too long is refused, and its place in the queue is free."""
    calls = Calls(places=4)
    clients = [Client("one") for _ in range(12)]
    tasks = [await calls.read(client) for client in clients]
    calls.clock.now += QUEUE_SECONDS
    calls.patience._refuse(calls.clock.now)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    refused = [task for task in tasks if task.done()]
    assert refused
    for task in refused:
        with pytest.raises(ReceivingError):
            await task
    for client in clients:
        if not client.message.done():
            client.message.set_result(b"x")
    assert [await task for task in tasks if task not in refused] == [b"x"] * (12 - len(refused))


async def test_a_call_that_leaves_the_queue_leaves_no_trace() -> None:
    """A client that cancels while it waits, or is given a place just then, holds none."""
    calls = Calls(places=4)
    clients = [Client("one") for _ in range(8)]
    tasks = [await calls.read(client) for client in clients]
    for task in reversed(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    again = Client("one")
    again.message.set_result(b"x")
    assert await calls.patience.read(again) == b"x"  # type: ignore[arg-type]
    assert not calls.patience._reading
    assert not calls.patience._queues


async def test_waits_are_swept_without_being_asked() -> None:
    """The first wait starts the sweeps, which end with the last wait."""
    clock = Clock()
    patience = Patience(8, 1_000, clock)
    task = asyncio.ensure_future(patience.read(Client("one")))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    clock.now += REQUEST_SECONDS
    with pytest.raises(SlowSenderError):
        await asyncio.wait_for(task, 10)
