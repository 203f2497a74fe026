"""Models loaded as the server loads them, and the services over a real connection."""

from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from namesmith.v1 import models_pb2_grpc, names_pb2_grpc
from namesmith_server.app.loading import load_repository
from namesmith_server.app.settings import BackendName, Settings
from namesmith_server.app.transport import build_server, listen
from namesmith_server.engine import Model
from namesmith_server.grpc import Catalog, HealthService, RunningCalls


@pytest.fixture(scope="session")
def executor() -> Iterator[ThreadPoolExecutor]:
    """Runs long work off the event loop."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="session")
def embedded(executor: ThreadPoolExecutor) -> Model:
    """The model that ships inside the server, on its table."""
    (served,) = load_repository(Settings(), executor)
    return served.model


Load = Callable[[BackendName], Model]


@contextmanager
def loader(models: Path, executor: ThreadPoolExecutor) -> Iterator[Load]:
    """Loads the only model of a repository on a backend, once each."""
    loaded: dict[BackendName, Model] = {}

    def load(backend: BackendName) -> Model:
        if backend not in loaded:
            (served,) = load_repository(Settings(models=models, backend=backend), executor)
            loaded[backend] = served.model
        return loaded[backend]

    yield load
    for model in loaded.values():
        model.close()


@pytest.fixture(scope="session")
def small(repository: Path, executor: ThreadPoolExecutor) -> Iterator[Load]:
    """The small model on a backend."""
    with loader(repository, executor) as load:
        yield load


@pytest.fixture(scope="session")
def deep(deep_repository: Path, executor: ThreadPoolExecutor) -> Iterator[Load]:
    """The model without a table on a backend."""
    with loader(deep_repository, executor) as load:
        yield load


@pytest.fixture
async def channel(executor: ThreadPoolExecutor) -> AsyncIterator[grpc.aio.Channel]:
    """A connection to the services on the embedded model, in this process."""
    settings = Settings(address="127.0.0.1:0")
    catalog = Catalog()
    served = load_repository(settings, executor)
    catalog.fill(served, served[0].name)
    server = build_server(settings, catalog, HealthService(), RunningCalls())
    port = listen(server, settings)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)


@pytest.fixture
def names(channel: grpc.aio.Channel) -> "names_pb2_grpc.NameServiceAsyncStub":
    """NameService."""
    return names_pb2_grpc.NameServiceStub(channel)


@pytest.fixture
def models(channel: grpc.aio.Channel) -> "models_pb2_grpc.ModelServiceAsyncStub":
    """ModelService."""
    return models_pb2_grpc.ModelServiceStub(channel)
