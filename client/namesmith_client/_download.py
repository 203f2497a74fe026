"""Calls that send one message and receive a stream of messages."""

import asyncio
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar

import grpc

from namesmith_client._error_conversion import cancellation_of
from namesmith_client.errors import NamesmithError

Result = TypeVar("Result")

ErrorOf = Callable[[grpc.RpcError], NamesmithError]


class _OpenCall(Generic[Result]):
    """A call whose results are being read.

    Attributes:
        last: the newest result; None before the first result.
    """

    def __init__(
        self,
        rpc: Any,  # noqa: ANN401 - gRPC's, of either kind
        convert: Callable[[Any], Result],
        error_of: ErrorOf,
    ) -> None:
        self._rpc = rpc
        self._convert = convert
        self._error_of = error_of
        self.last: Result | None = None

    def cancel(self) -> None:
        """End the call, unless it has ended."""
        self._rpc.cancel()


class Download(_OpenCall[Result]):
    """The results of a call, for synchronous code."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Result:
        try:
            self.last = self._convert(next(self._rpc))
        except grpc.RpcError as error:
            raise self._error_of(error) from error
        return self.last


class AsyncDownload(_OpenCall[Result]):
    """The results of a call, for asyncio."""

    def __del__(self) -> None:
        # gRPC keeps an asynchronous call that nobody refers to any more, and lets it run.
        self.cancel()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Result:
        try:
            response = await self._rpc.read()
        except grpc.RpcError as error:
            raise self._error_of(error) from error
        except asyncio.CancelledError as error:
            raise cancellation_of(error) from None
        if response is grpc.aio.EOF:
            raise StopAsyncIteration
        self.last = self._convert(response)
        return self.last
