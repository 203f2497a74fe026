"""A real server, and both clients behind one face."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from fakes import Stuck, serving
from namesmith_client import TLS, AsyncClient, Client
from processes import running

Caller = Callable[..., Any]
"""Calls an operation by its name: ``call("generate", 10, seed=1)``."""

Connect = Callable[..., AbstractContextManager[Caller]]


@contextmanager
def _sync(address: str, timeout: float | None = 30.0, tls: TLS | None = None) -> Iterator[Caller]:
    with Client(address, timeout=timeout, tls=tls) as client:
        yield lambda operation, *args, **kwargs: getattr(client, operation)(*args, **kwargs)


@contextmanager
def _async(address: str, timeout: float | None = 30.0, tls: TLS | None = None) -> Iterator[Caller]:
    client = AsyncClient(address, timeout=timeout, tls=tls)
    with asyncio.Runner() as runner:
        yield lambda name, *args, **kwargs: runner.run(getattr(client, name)(*args, **kwargs))
        runner.run(client.close())


@pytest.fixture(params=[_sync, _async], ids=["sync", "async"])
def connect(request: pytest.FixtureRequest) -> Connect:
    """Opens a client of either kind."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a server process on the embedded bundle."""
    with running() as process:
        yield process.address


@pytest.fixture
def call(connect: Connect, server: str) -> Iterator[Caller]:
    """Operations of a client of either kind on the server process."""
    with connect(server) as caller:
        yield caller


@pytest.fixture
def stuck() -> Iterator[tuple[Stuck, str]]:
    """A stuck service and its address."""
    service = Stuck()
    with serving(service) as address:
        yield service, address
        service.released.set()
