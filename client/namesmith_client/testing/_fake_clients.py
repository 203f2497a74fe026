"""The fake clients: the real ones, whose calls a fake server in this process answers."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import grpc

from namesmith.v1 import names_pb2
from namesmith_client._calls import StreamCall, UnaryCall, UploadCall, WatchCall
from namesmith_client._client import AsyncClient, Client
from namesmith_client._download import AsyncDownload, Download
from namesmith_client._error_conversion import call_was_closed
from namesmith_client._generated_names import GeneratedNames
from namesmith_client._metadata import GivenMetadata
from namesmith_client._name_stream import AsyncNameStream, NameStream
from namesmith_client._target import DEFAULT_TIMEOUT, Target, checked_timeout
from namesmith_client.errors import NamesmithError
from namesmith_client.testing._fake import FakeService

Result = TypeVar("Result")

MODEL = "fake"
"""Name of the fake model, unless the test gives another."""

ADDRESS = "fake"
"""Address that a fake client has, and never calls."""

NO_CHANNEL = "channel: a fake client has none, its calls are answered in memory"
"""Message of a fake client that is asked for its channel."""


class _Calls:
    """The calls of a fake client and of its views, until it is closed."""

    def __init__(self, model: str, failures: Iterable[NamesmithError]) -> None:
        self._service = FakeService(model, failures)
        self.are_closed = False

    def begin(self, target: Target, limit: float | None, metadata: GivenMetadata) -> FakeService:
        """Return the server for a call, once its settings are checked."""
        target.deadline(limit)
        target.all_metadata(metadata)
        if self.are_closed:
            raise RuntimeError("the client is closed")
        return self._service


class _Chunks:
    """The chunks of a stream, until it is cancelled; the first is made when it is read."""

    def __init__(self, call: StreamCall, service: FakeService) -> None:
        self._call = call
        self._service = service
        self._responses: Iterator[Any] | None = None
        self._is_cancelled = False

    def next(self) -> GeneratedNames | None:
        """Return the next chunk; None at the end."""
        if self._is_cancelled:
            raise call_was_closed()
        if self._responses is None:
            self._responses = self._service.stream(self._call.request)
        response = next(self._responses, None)
        return None if response is None else self._call.convert(response)

    def cancel(self) -> None:
        """End the stream."""
        self._is_cancelled = True


class _FakeDownload(Download[GeneratedNames]):
    """The chunks of a stream for a ``NameStream``."""

    def __init__(self, chunks: _Chunks) -> None:
        self._chunks = chunks
        self.last = None

    def __next__(self) -> GeneratedNames:
        if (chunk := self._chunks.next()) is None:
            raise StopIteration
        self.last = chunk
        return chunk

    def cancel(self) -> None:
        self._chunks.cancel()


class _AsyncFakeDownload(AsyncDownload[GeneratedNames]):
    """The chunks of a stream for an ``AsyncNameStream``."""

    def __init__(self, chunks: _Chunks) -> None:
        self._chunks = chunks
        self.last = None

    async def __anext__(self) -> GeneratedNames:
        if (chunk := self._chunks.next()) is None:
            raise StopAsyncIteration
        self.last = chunk
        return chunk

    def cancel(self) -> None:
        self._chunks.cancel()


class FakeClient(Client):
    """A ``Client`` without a server: an instance of it, whose calls are answered in memory.

    It checks its arguments as a client and a server do, and raises their errors. A seed gives the
    same names, always; they are names of a small model in pure Python, and not those of any server.
    No call meets its timeout.

    Args:
        model: name of the only model, version 1.
        timeout: seconds, as ``Client`` takes them.
        failures: errors that the first calls raise, one each.

    Raises:
        ValueError: the timeout is out of its range.
    """

    def __init__(
        self,
        *,
        model: str = MODEL,
        timeout: float | None = DEFAULT_TIMEOUT,
        failures: Iterable[NamesmithError] = (),
    ) -> None:
        # A client's own constructor would open a channel.
        self._target = Target(ADDRESS, checked_timeout(timeout))
        self._is_view = False
        self._calls = _Calls(model, failures)

    @property
    def channel(self) -> grpc.Channel:
        """Never there, since a fake client calls nobody: RuntimeError is raised."""
        raise RuntimeError(NO_CHANNEL)

    def close(self) -> None:
        """End the client; a later call raises RuntimeError."""
        self._calls.are_closed |= not self._is_view

    def _unary(
        self, call: UnaryCall[Result], limit: float | None, metadata: GivenMetadata
    ) -> Result:
        return call.convert(self._calls.begin(self._target, limit, metadata).answer(call.request))

    def _server_stream(
        self, call: StreamCall, limit: float | None, metadata: GivenMetadata
    ) -> NameStream:
        service = self._calls.begin(self._target, limit, metadata)
        return NameStream(_FakeDownload(_Chunks(call, service)))

    def _client_stream(
        self, call: UploadCall[Result], limit: float | None, metadata: GivenMetadata
    ) -> Result:
        return call.convert(self._calls.begin(self._target, limit, metadata).read(call.request))

    def _until_serving(self, call: WatchCall, limit: float | None, metadata: GivenMetadata) -> None:  # noqa: ARG002 - it serves
        self._calls.begin(self._target, limit, metadata)


class AsyncFakeClient(AsyncClient):
    """An ``AsyncClient`` without a server: what ``FakeClient`` is to ``Client``.

    Args:
        model: name of the only model, version 1.
        timeout: seconds, as ``AsyncClient`` takes them.
        failures: errors that the first calls raise, one each.

    Raises:
        ValueError: the timeout is out of its range.
    """

    def __init__(
        self,
        *,
        model: str = MODEL,
        timeout: float | None = DEFAULT_TIMEOUT,
        failures: Iterable[NamesmithError] = (),
    ) -> None:
        # A client's own constructor would make a connection.
        self._target = Target(ADDRESS, checked_timeout(timeout))
        self._is_view = False
        self._calls = _Calls(model, failures)

    @property
    def channel(self) -> grpc.aio.Channel:
        """Never there, since a fake client calls nobody: RuntimeError is raised."""
        raise RuntimeError(NO_CHANNEL)

    async def close(self) -> None:
        """End the client; a later call raises RuntimeError."""
        self._calls.are_closed |= not self._is_view

    async def _unary(
        self, call: UnaryCall[Result], limit: float | None, metadata: GivenMetadata
    ) -> Result:
        return call.convert(self._calls.begin(self._target, limit, metadata).answer(call.request))

    def _server_stream(
        self, call: StreamCall, limit: float | None, metadata: GivenMetadata
    ) -> AsyncNameStream:
        service = self._calls.begin(self._target, limit, metadata)
        return AsyncNameStream(_AsyncFakeDownload(_Chunks(call, service)))

    async def _client_stream(
        self, call: UploadCall[Result], limit: float | None, metadata: GivenMetadata
    ) -> Result:
        service = self._calls.begin(self._target, limit, metadata)
        messages: list[names_pb2.EvaluateNamesRequest] = [one async for one in call.request]
        return call.convert(service.read(messages))

    async def _until_serving(
        self,
        call: WatchCall,  # noqa: ARG002 - it serves
        limit: float | None,
        metadata: GivenMetadata,
    ) -> None:
        self._calls.begin(self._target, limit, metadata)
