"""What a call streams: messages as they come, and the names in them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import chain
from operator import attrgetter
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import grpc

from namesmith_client.errors import NamesmithError, cancelled
from namesmith_client.results import GeneratedNames

Result = TypeVar("Result")

Failed = Callable[[grpc.RpcError], NamesmithError]


def ended(error: asyncio.CancelledError) -> BaseException:
    """What a call that was cancelled raises: the task's cancellation goes on, another ends here."""
    task = asyncio.current_task()
    return error if task is None or task.cancelling() else cancelled()


class _Read(Generic[Result]):
    """A call that is being read.

    Attributes:
        last: the newest result; None before the first.
    """

    def __init__(
        self,
        rpc: Any,  # noqa: ANN401 - of either kind
        convert: Callable[[Any], Result],
        failed: Failed,
    ) -> None:
        self._rpc = rpc
        self._convert = convert
        self._failed = failed
        self.last: Result | None = None

    def cancel(self) -> None:
        """Ends the call, unless it has ended."""
        self._rpc.cancel()


class Results(_Read[Result]):
    """The results of a call, for code that waits."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Result:
        try:
            self.last = self._convert(next(self._rpc))
        except grpc.RpcError as error:
            raise self._failed(error) from error
        return self.last


class AsyncResults(_Read[Result]):
    """The results of a call, for asyncio."""

    def __del__(self) -> None:
        # gRPC keeps a call of this kind that is dropped, and lets it run.
        self.cancel()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Result:
        try:
            response = await self._rpc.read()
        except grpc.RpcError as error:
            raise self._failed(error) from error
        except asyncio.CancelledError as error:
            raise ended(error) from None
        if response is grpc.aio.EOF:
            raise StopAsyncIteration
        self.last = self._convert(response)
        return self.last


class _Origin:
    """Where the names of a stream come from: known once the first have come."""

    _chunks: _Read[GeneratedNames]

    @property
    def seed(self) -> int:
        """What gives the same names again, in [0, 2**64)."""
        return self._last.seed

    @property
    def model(self) -> str:
        """Name of the model that samples."""
        return self._last.model

    @property
    def version(self) -> int:
        """Its version, >= 1."""
        return self._last.version

    @property
    def exhausted(self) -> bool:
        """Whether, of distinct names, all there are have come, fewer than were asked for."""
        return self._last.exhausted

    @property
    def gave_up(self) -> bool:
        """Whether a model without a table gave up before it found as many as were asked for."""
        return self._last.gave_up

    @property
    def _last(self) -> GeneratedNames:
        if self._chunks.last is None:
            raise RuntimeError("a stream's seed, model and version come with its first names")
        return self._chunks.last


class NameStream(_Origin):
    """Names while they are made: iterated over, a name at a time.

    It can be read once. Memory stays flat: a reader that pauses holds the server up. Closing
    it, or leaving its ``with`` block, ends the server's work. ``seed``, ``model`` and
    ``version`` raise RuntimeError before the first names have come.
    """

    def __init__(self, chunks: Results[GeneratedNames]) -> None:
        self._chunks = chunks
        # Over the chunks and not over self: nothing keeps a stream alive that is dropped, and
        # gRPC cancels it.
        self._names = chain.from_iterable(map(attrgetter("names"), chunks))

    def __iter__(self) -> Iterator[str]:
        return self._names

    def chunks(self) -> Iterator[GeneratedNames]:
        """The chunks that are yet to come, as the wire brings them; they hold log-probabilities."""
        return self._chunks  # type: ignore[return-value]

    def close(self) -> None:
        """Ends the call; what is read after it raises a NamesmithError of code CANCELLED."""
        self._chunks.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncNameStream(_Origin):
    """As ``NameStream``, for ``async for`` and ``async with``.

    Chunks are several times faster here than names one at a time, each of which is awaited.
    """

    def __init__(self, chunks: AsyncResults[GeneratedNames]) -> None:
        self._chunks = chunks
        self._names = _each(chunks)

    def __aiter__(self) -> AsyncIterator[str]:
        return self._names

    def chunks(self) -> AsyncIterator[GeneratedNames]:
        """The chunks that are yet to come, as the wire brings them; they hold log-probabilities."""
        return self._chunks  # type: ignore[return-value]

    async def close(self) -> None:
        """Ends the call; what is read after it raises a NamesmithError of code CANCELLED."""
        self._chunks.cancel()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()


async def _each(chunks: AsyncResults[GeneratedNames]) -> AsyncIterator[str]:
    async for chunk in chunks:
        for name in chunk.names:
            yield name
