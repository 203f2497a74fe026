"""Streams of names that are read while the server makes them."""

from collections.abc import AsyncIterator, Iterator
from functools import partial
from itertools import chain
from types import TracebackType
from typing import Self

from namesmith_client._download import AsyncDownload, Download
from namesmith_client._generated_names import GeneratedNames


class _Origin:
    """The origin of the names of a stream, which is known once the first names have come."""

    _chunks: Download[GeneratedNames] | AsyncDownload[GeneratedNames]

    @property
    def seed(self) -> int:
        """The seed that gives the same names again, in [0, 2**64)."""
        return self._last.seed

    @property
    def model(self) -> str:
        """Name of the model that samples."""
        return self._last.model

    @property
    def version(self) -> int:
        """Version of the model, >= 1."""
        return self._last.version

    @property
    def exhausted(self) -> bool:
        """True if no distinct name is left, so that fewer names come than the caller asked for."""
        return self._last.exhausted

    @property
    def gave_up(self) -> bool:
        """True if a model without a chain gave up before it found as many names as requested."""
        return self._last.gave_up

    @property
    def _last(self) -> GeneratedNames:
        if self._chunks.last is None:
            raise RuntimeError("a stream's seed, model and version come with its first names")
        return self._chunks.last


class NameStream(_Origin):
    """Names that the server makes while they are read: iterating yields one name at a time.

    A stream can be read once. Memory stays flat: while the reader pauses, the server pauses too.
    Closing the stream, or leaving its ``with`` block, ends the server's work. ``seed``, ``model``
    and ``version`` raise RuntimeError before the first names have come.
    """

    def __init__(self, chunks: Download[GeneratedNames]) -> None:
        self._chunks = chunks
        self._buffer: list[str] = []
        # The iterator refers to the chunks and not to the stream: a stream that is dropped is
        # freed, and gRPC cancels its call.
        self._names = chain.from_iterable(map(partial(_refilled, self._buffer), chunks))

    def __iter__(self) -> Iterator[str]:
        return self._names

    def chunks(self) -> Iterator[GeneratedNames]:
        """Iterate over the chunks that are yet to come, which also hold log-probabilities."""
        return self._chunks  # type: ignore[return-value]

    def close(self) -> None:
        """End the call; reading the stream further raises a NamesmithError of code CANCELLED."""
        self._chunks.cancel()
        self._buffer.clear()

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
    """A ``NameStream`` for ``async for`` and ``async with``.

    Reading ``chunks()`` is several times faster than reading single names, because every single
    name is awaited.
    """

    def __init__(self, chunks: AsyncDownload[GeneratedNames]) -> None:
        self._chunks = chunks
        self._buffer: list[str] = []
        self._names = _names_of(chunks, self._buffer)

    def __aiter__(self) -> AsyncIterator[str]:
        return self._names

    def chunks(self) -> AsyncIterator[GeneratedNames]:
        """Iterate over the chunks that are yet to come, which also hold log-probabilities."""
        return self._chunks  # type: ignore[return-value]

    async def close(self) -> None:
        """End the call; reading the stream further raises a NamesmithError of code CANCELLED."""
        self._chunks.cancel()
        self._buffer.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()


def _refilled(buffer: list[str], chunk: GeneratedNames) -> list[str]:
    """Return a list whose names are replaced by the ones of a chunk: to clear it ends its loop."""
    buffer[:] = chunk.names
    return buffer


async def _names_of(chunks: AsyncDownload[GeneratedNames], buffer: list[str]) -> AsyncIterator[str]:
    async for chunk in chunks:
        for name in _refilled(buffer, chunk):
            yield name
