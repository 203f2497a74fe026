"""Calls that send one message and receive a stream of messages.

A call that an overloaded server refuses before its first message is made again. A stream of names
that breaks off, because its server has gone, is resumed behind the last name that has come.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, Self, TypeVar

import grpc

from namesmith_client._calls import Call
from namesmith_client._error_conversion import call_was_closed, cancellation_of
from namesmith_client._retry import Tries
from namesmith_client.errors import NamesmithError, UnavailableError

Result = TypeVar("Result")

Start = Callable[[Any, float | None], Any]
"""A function that makes the call with a request, which may take some seconds, and returns gRPC's
object of it."""

ErrorOf = Callable[[grpc.RpcError], NamesmithError]


class _OpenCall(Generic[Result]):
    """A call whose results are being read.

    Attributes:
        last: the newest result; None before the first result.
    """

    def __init__(self, start: Start, call: Call[Result], error_of: ErrorOf, tries: Tries) -> None:
        self._start = start
        self._call = call
        self._error_of = error_of
        self._tries = tries
        self._is_over = False
        self.last: Result | None = None
        self._begin()

    def _begin(self) -> None:
        """Make the call, for the results that have not come."""
        self._has_come = False
        self._rpc = self._start(self._call.request, self._tries.remaining())

    def _received(self, response: Any) -> Result:  # noqa: ANN401 - a message of any call
        """Return the result of a response."""
        self.last = self._call.convert(response)
        self._call.advance(self.last)
        self._has_come = True
        return self.last

    def _wait_after(self, error: grpc.RpcError) -> float | None:
        """Return the seconds to wait before the call is made again; None: every result has come.

        Raises:
            NamesmithError: the call is not made again.
        """
        failure = self._error_of(error)
        if not self._has_come:
            wait = self._tries.wait_after(failure)
        elif isinstance(failure, UnavailableError) and self._call.is_resumable:
            if self._call.is_complete:
                self._is_over = True
                return None
            wait = self._tries.wait_after_break()
        else:
            wait = None
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
                if (wait := self._wait_after(error)) is None:
                    raise StopIteration from error
                if self._cancelled.wait(wait):
                    break
                self._begin()
            else:
                return self._received(response)
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
                if (wait := self._wait_after(error)) is None:
                    raise StopAsyncIteration from error
                await asyncio.sleep(wait)
                self._begin()
            except asyncio.CancelledError as error:
                raise cancellation_of(error) from None
            else:
                break
        if response is grpc.aio.EOF:
            raise StopAsyncIteration
        return self._received(response)
