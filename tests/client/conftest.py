"""A real server, and both clients behind one interface."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

import pytest

from fakes import Stuck, serving
from namesmith_client import AsyncClient, AsyncNameStream, Client, GeneratedNames
from processes import running

Caller = Callable[..., Any]
"""A function that calls an operation by its name: ``call("generate", 10, seed=1)``."""

Connect = Callable[..., AbstractContextManager[Caller]]

Item = TypeVar("Item")


@contextmanager
def _sync(address: str, **settings: Any) -> Iterator[Caller]:
    with Client(address, **settings) as client:
        yield lambda operation, *args, **kwargs: getattr(client, operation)(*args, **kwargs)


class Blocking:
    """An AsyncNameStream with the interface of a NameStream."""

    def __init__(self, runner: asyncio.Runner, stream: AsyncNameStream) -> None:
        self._runner = runner
        self._stream = stream

    def __iter__(self) -> Iterator[str]:
        return self._each(aiter(self._stream))

    def chunks(self) -> Iterator[GeneratedNames]:
        """Iterate over the chunks of the stream."""
        return self._each(self._stream.chunks())

    def close(self) -> None:
        """Close the stream."""
        self._runner.run(self._stream.close())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _each(self, items: AsyncIterator[Item]) -> Iterator[Item]:
        async def some() -> list[Item]:
            try:
                return [await anext(items)]
            except StopAsyncIteration:
                return []

        while one := self._runner.run(some()):
            yield one[0]


@contextmanager
def _async(address: str, **settings: Any) -> Iterator[Caller]:
    client = AsyncClient(address, **settings)
    with asyncio.Runner() as runner:

        async def made(name: str, *args: Any, **kwargs: Any) -> Any:
            result = getattr(client, name)(*args, **kwargs)
            return await result if inspect.isawaitable(result) else result

        def call(name: str, *args: Any, **kwargs: Any) -> Any:
            result = runner.run(made(name, *args, **kwargs))
            return Blocking(runner, result) if isinstance(result, AsyncNameStream) else result

        yield call
        runner.run(client.close())


@pytest.fixture(params=[_sync, _async], ids=["sync", "async"])
def connect(request: pytest.FixtureRequest) -> Connect:
    """Open a client of either kind."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Start a server process on the embedded bundle, and provide its address."""
    with running() as process:
        yield process.address


@pytest.fixture(scope="session")
def deep_server() -> Iterator[str]:
    """Start a server process on the embedded model without a chain, and provide its address."""
    with running("--only", "us-names-wavenet") as process:
        yield process.address


@pytest.fixture
def call(connect: Connect, server: str) -> Iterator[Caller]:
    """Provide the operations of a client of either kind on the server process."""
    with connect(server) as caller:
        yield caller


@pytest.fixture
def stuck() -> Iterator[tuple[Stuck, str]]:
    """Start a stuck service, and provide the service with its address."""
    service = Stuck()
    with serving(service) as address:
        yield service, address
        service.released.set()
