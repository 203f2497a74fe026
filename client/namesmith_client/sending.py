"""A call of asyncio's that sends a stream, and why it has ended."""

from collections.abc import Coroutine
from typing import Any, TypeVar

import grpc

Value = TypeVar("Value")


class Sending:
    """A stream there, a message back.

    When a message finds the call ended, gRPC writes INTERNAL over the call's status, be the
    true one known already or not; this keeps the true one.
    """

    def __init__(self, rpc: Any) -> None:  # noqa: ANN401 - gRPC's
        self._rpc = rpc
        self._first: grpc.aio.AioRpcError | None = None
        self._overwritten: grpc.aio.AioRpcError | None = None
        rpc.add_done_callback(self._note)

    async def send(self, message: object) -> bool:
        """Whether the message went out; it does not once the call has ended."""
        if self._rpc.done():
            return False
        try:
            await self._rpc.write(message)
        except grpc.aio.AioRpcError as error:
            if self._first is not None and self._first.details() != error.details():
                self._overwritten = self._first  # else the true status is yet to come
            return False
        return True

    async def answer(self) -> Any:  # noqa: ANN401 - gRPC's
        """The response to all that was sent.

        Raises:
            grpc.RpcError: the call has failed.
        """
        if self._overwritten is not None:
            raise self._overwritten
        await self._rpc.done_writing()
        return await self._rpc

    def cancel(self) -> None:
        """Ends the call, unless it has ended."""
        self._rpc.cancel()

    def _note(self, rpc: Any) -> None:  # noqa: ANN401 - gRPC's
        """Keeps the first status."""
        self._first = self._first or grpc.aio.AioRpcError(
            _now(rpc.code()),
            _now(rpc.initial_metadata()),
            _now(rpc.trailing_metadata()),
            _now(rpc.details()),
        )


def _now(known: Coroutine[Any, Any, Value]) -> Value:
    """What a coroutine returns that has nothing to wait for."""
    try:
        known.send(None)
    except StopIteration as end:
        value: Value = end.value
        return value
    raise RuntimeError("a coroutine waits for what is known")
