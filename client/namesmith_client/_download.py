"""Calls that send one message and receive a stream of messages.

A call that an overloaded server refuses before its first message is made again.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, Self, TypeVar

import grpc

from namesmith_client._error_conversion import call_was_closed, cancellation_of
from namesmith_client._retry import Tries
from namesmith_client.errors import NamesmithError

Result = TypeVar("Result")

Start = Callable[[float | None], Any]
"""A function that makes the call, which may take some seconds, and returns gRPC's object of it."""

ErrorOf = Callable[[grpc.RpcError], NamesmithError]


class _OpenCall(Generic[Result]):
    """A call whose results are being read.

    Attributes:
        last: the newest result; None before the first result.
    """

    def __init__(
        self, start: Start, convert: Callable[[Any], Result], error_of: ErrorOf, tries: Tries
    ) -> None:
        self._start = start
        self._convert = convert
        self._error_of = error_of
        self._tries = tries
        self._rpc = start(tries.remaining())
        self._is_over = False
        self.last: Result | None = None

    def _wait_after(self, error: grpc.RpcError) -> float:
        """Return the seconds to wait before the call is made again.

        Raises:
            NamesmithError: the call is not made again.
        """
        failure = self._error_of(error)
        wait = self._tries.wait_after(failure) if self.last is None else None
        if wait is None:
            self._is_over = True
            raise failure from error
        return wait


class Download(_OpenCall[Result]):
    """The results of a call, for synchronous code."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - those of an open call
        self._cancelled = threading.Event()
        super().__init__(*arguments)

    def cancel(self) -> None:
        """End the call, unless it has ended; a later ``next`` raises an error of code CANCELLED."""
        if not self._is_over:
            self._cancelled.set()
        if hasattr(self._rpc, "cancel"):
            self._rpc.cancel()
            return
        # An interceptor, such as OpenTelemetry's, hands back a generator: gRPC's object is freed,
        # and its call cancelled, with the generator.
        with suppress(ValueError):  # another thread reads it, and ends the call at the next message
            self._rpc.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Result:
        while not self._cancelled.is_set():  # else results that have come already would follow
            try:
                response = next(self._rpc)
            except StopIteration:
                if self._cancelled.is_set() and not hasattr(self._rpc, "cancel"):
                    break
                self._is_over = True
                raise
            except grpc.RpcError as error:
                if self._cancelled.wait(self._wait_after(error)):
                    break
                self._rpc = self._start(self._tries.remaining())
            else:
                self.last = self._convert(response)
                return self.last
        raise call_was_closed()


class AsyncDownload(_OpenCall[Result]):
    """The results of a call, for asyncio."""

    def cancel(self) -> None:
        """End the call, unless it has ended."""
        self._rpc.cancel()

    def __del__(self) -> None:
        # gRPC keeps an asynchronous call that nobody refers to any more, and lets it run.
        if hasattr(self, "_rpc"):
            self.cancel()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Result:
        while True:
            try:
                response = await self._rpc.read()
            except grpc.RpcError as error:
                await asyncio.sleep(self._wait_after(error))
                self._rpc = self._start(self._tries.remaining())
            except asyncio.CancelledError as error:
                raise cancellation_of(error) from None
            else:
                break
        if response is grpc.aio.EOF:
            raise StopAsyncIteration
        self.last = self._convert(response)
        return self.last
