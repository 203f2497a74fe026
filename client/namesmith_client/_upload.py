"""Calls that send a stream of messages and receive one message."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from queue import SimpleQueue
from threading import Semaphore
from typing import Any, TypeVar

import grpc

from namesmith_client._metadata import Metadata

Value = TypeVar("Value")

MAX_WAITING = 2
"""Largest number of messages of an upload that wait until gRPC sends them."""


class Upload:
    """An upload of names by synchronous code.

    gRPC takes the messages in its own thread, but the caller makes them in the caller's thread,
    because the source of the names, such as a database cursor, may be bound to that thread.
    """

    def __init__(
        self,
        rpc: Any,  # noqa: ANN401 - gRPC's
        timeout: float | None,
        metadata: Metadata | None = None,
    ) -> None:
        self._messages: SimpleQueue[Any] = SimpleQueue()
        self._room = room = Semaphore(MAX_WAITING)
        self._future = rpc.future(
            _outgoing(self._messages, room), timeout=timeout, metadata=metadata
        )
        self._future.add_done_callback(lambda _: room.release())

    def send(self, message: object) -> bool:
        """Send a message as soon as there is room.

        Return False where the call has ended, so that the message is not sent.
        """
        self._room.acquire()
        if self._future.done():
            return False
        self._messages.put(message)
        return True

    def answer(self) -> Any:  # noqa: ANN401 - gRPC's
        """End the stream of messages, wait for the response and return it.

        Raises:
            grpc.RpcError: the call has failed.
        """
        self._messages.put(None)
        return self._future.result()

    def cancel(self) -> None:
        """End the call, unless it has ended."""
        self._future.cancel()
        self._messages.put(None)


def _outgoing(messages: "SimpleQueue[Any]", room: Semaphore) -> Iterator[Any]:
    """Yield the messages of a queue until it gives None."""
    while (message := messages.get()) is not None:
        yield message
        room.release()


class AsyncUpload:
    """An upload of names by asynchronous code.

    gRPC takes the messages in a task of its own, as interceptors demand, but the caller makes them
    in the caller's task. When gRPC sends a message of a call that has ended, it replaces the call's
    status by INTERNAL, even if the true status was known already; an upload keeps the true status.
    """

    def __init__(
        self,
        rpc: Any,  # noqa: ANN401 - gRPC's
        timeout: float | None,
        metadata: Metadata | None = None,
    ) -> None:
        self._messages: asyncio.Queue[Any] = asyncio.Queue()
        self._room = asyncio.Semaphore(MAX_WAITING)
        self._first: grpc.aio.AioRpcError | None = None
        self._rpc = rpc(self._outgoing(), timeout=timeout, metadata=metadata)
        self._rpc.add_done_callback(self._end)

    async def send(self, message: object) -> bool:
        """Send a message as soon as there is room.

        Return False where the call has ended, so that the message is not sent.
        """
        await self._room.acquire()
        if self._rpc.done():
            return False
        self._messages.put_nowait(message)
        return True

    async def answer(self) -> Any:  # noqa: ANN401 - gRPC's
        """End the stream of messages, wait for the response and return it.

        Raises:
            grpc.RpcError: the call has failed.
        """
        self._messages.put_nowait(None)
        try:
            return await self._rpc
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.INTERNAL and self._first is not None:
                raise self._first from error
            raise

    def cancel(self) -> None:
        """End the call, unless it has ended."""
        self._rpc.cancel()

    async def _outgoing(self) -> AsyncIterator[Any]:
        """Yield the messages that are sent, until the end of their stream."""
        while (message := await self._messages.get()) is not None:
            yield message
            self._room.release()

    def _end(self, rpc: Any) -> None:  # noqa: ANN401 - gRPC's
        """Keep the first status with which the call ended, and let a sender go on."""
        if self._first is None:
            code, details = _known(rpc.code()), _known(rpc.details())
            initial, trailing = _known(rpc.initial_metadata()), _known(rpc.trailing_metadata())
            self._first = grpc.aio.AioRpcError(code, initial, trailing, details)
        self._room.release()


def _known(coroutine: Coroutine[Any, Any, Value]) -> Value:
    """Run a coroutine that never waits, and return its value."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        value: Value = end.value
        return value
    raise RuntimeError("a coroutine waits for a value that is known")
