"""The fake clients: the real ones, whose calls a fake server in this process answers."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from namesmith.v1 import names_pb2
from namesmith_client._call import Call
from namesmith_client._channel import DEFAULT_TIMEOUT, checked_timeout
from namesmith_client._client import AsyncClient, Client
from namesmith_client._download import AsyncDownload, Download
from namesmith_client._error_conversion import call_was_closed
from namesmith_client._generated_names import GeneratedNames
from namesmith_client._health import Health
from namesmith_client._name_stream import AsyncNameStream, NameStream
from namesmith_client.errors import NamesmithError
from namesmith_client.testing._fake import FakeService

Result = TypeVar("Result")

MODEL = "fake"
"""Name of the fake model, unless the test gives another."""


class _Messages:
    """The messages of a stream, as a caller reads gRPC's; ``cancel`` ends them."""

    def __init__(self, messages: Iterator[Any]) -> None:
        self._messages = messages
        self._cancelled = False

    def __iter__(self) -> "_Messages":
        return self

    def __next__(self) -> Any:  # noqa: ANN401 - a message
        if self._cancelled:
            raise call_was_closed()
        return next(self._messages)

    def cancel(self) -> None:
        self._cancelled = True


class _FakeDownload(Download[GeneratedNames]):
    """The chunks of a stream."""

    def __init__(self, messages: Iterator[Any], call: Call[GeneratedNames]) -> None:
        self._messages = _Messages(messages)
        self._to_result = call.convert
        self.last = None

    def __next__(self) -> GeneratedNames:
        self.last = self._to_result(next(self._messages))
        return self.last

    def cancel(self) -> None:
        self._messages.cancel()


class _FakeAsyncDownload(AsyncDownload[GeneratedNames]):
    """The chunks of a stream, for asyncio."""

    def __init__(self, messages: Iterator[Any], call: Call[GeneratedNames]) -> None:
        self._messages = _Messages(messages)
        self._to_result = call.convert
        self.last = None

    async def __anext__(self) -> GeneratedNames:
        for message in self._messages:
            self.last = self._to_result(message)
            return self.last
        raise StopAsyncIteration

    def cancel(self) -> None:
        self._messages.cancel()


class _Opened:
    """The calls of a fake client, until it is closed; the next ones may have been told to fail."""

    def __init__(
        self, model: str, timeout: float | None, failures: Iterable[NamesmithError]
    ) -> None:
        checked_timeout(timeout)
        self._service = FakeService(model)
        self._failures = iter(failures)
        self.is_closed = False

    def begin(self, call: Call[Any]) -> FakeService:
        """Return the server for a call, or raise the failure that the test asked for."""
        checked_timeout(call.timeout)
        if self.is_closed:
            raise RuntimeError("the client is closed")
        for failure in self._failures:
            raise failure
        return self._service

    def stream(self, call: Call[GeneratedNames]) -> Iterator[Any]:
        """Iterate over the messages of a stream; what the server refuses is raised on reading."""
        service = self.begin(call)

        def messages() -> Iterator[Any]:
            yield from service.stream(call.request)

        return messages()


class FakeClient(Client):
    """A ``Client`` without a server: an instance of it, whose calls are answered in memory.

    It checks its arguments as a client and a server do, and raises their errors. A seed gives the
    same names, always; they are names of a small model in pure Python, and not those of any server.
    No call meets its timeout.

    Args:
        model: name of the only model, version 1.
        timeout: as ``Client`` takes it.
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
        # A client's own constructor would make a channel.
        self._fake = _Opened(model, timeout, failures)

    def close(self) -> None:
        """End the client; a later call raises RuntimeError."""
        self._fake.is_closed = True

    def _unary(self, call: Call[Result]) -> Result:
        return call.convert(self._fake.begin(call).answer(call.request))

    def _server_stream(self, call: Call[GeneratedNames]) -> NameStream:
        return NameStream(_FakeDownload(self._fake.stream(call), call))

    def _client_stream(self, call: Call[Result]) -> Result:
        return call.convert(self._fake.begin(call).read(call.request))

    def _until_serving(self, call: Call[Health]) -> None:
        self._fake.begin(call)


class AsyncFakeClient(AsyncClient):
    """An ``AsyncClient`` without a server: what ``FakeClient`` is to ``Client``.

    Args:
        model: name of the only model, version 1.
        timeout: as ``AsyncClient`` takes it.
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
        # A client's own constructor would make a channel.
        self._fake = _Opened(model, timeout, failures)

    async def close(self) -> None:
        """End the client; a later call raises RuntimeError."""
        self._fake.is_closed = True

    async def _unary(self, call: Call[Result]) -> Result:
        return call.convert(self._fake.begin(call).answer(call.request))

    def _server_stream(self, call: Call[GeneratedNames]) -> AsyncNameStream:
        return AsyncNameStream(_FakeAsyncDownload(self._fake.stream(call), call))

    async def _client_stream(self, call: Call[Result]) -> Result:
        service = self._fake.begin(call)
        messages: list[names_pb2.EvaluateNamesRequest] = [one async for one in call.request]
        return call.convert(service.read(messages))

    async def _until_serving(self, call: Call[Health]) -> None:
        self._fake.begin(call)
