"""Models loaded as the server loads them, and the services over a real connection."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import grpc
import pytest

from drawing import Load
from loaded import load_repository
from namesmith.v1 import models_pb2_grpc, names_pb2_grpc
from namesmith_server.app.excludes import read_excludes
from namesmith_server.app.settings import BackendName, Settings
from namesmith_server.app.transport import build_server, listen
from namesmith_server.engine import Model
from namesmith_server.grpc import Catalog, HealthService, RunningCalls


@pytest.fixture(scope="session")
def executor() -> Iterator[ThreadPoolExecutor]:
    """Provide the threads that draw, score and evaluate off the event loop."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="session")
def embedded(executor: ThreadPoolExecutor) -> Model:
    """Provide the model that ships inside the server, on its table."""
    (served,) = load_repository(Settings(), executor)
    return served.model


@contextmanager
def loader(models: Path, executor: ThreadPoolExecutor) -> Iterator[Load]:
    """Provide a loader of the only model of a repository, which loads it once on each backend."""
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
    """Provide the loader of the small model, which has a table."""
    with loader(repository, executor) as load:
        yield load


@pytest.fixture(scope="session")
def deep(deep_repository: Path, executor: ThreadPoolExecutor) -> Iterator[Load]:
    """Provide the loader of the model with neither table nor chain."""
    with loader(deep_repository, executor) as load:
        yield load


@pytest.fixture(scope="session")
def definite(definite_repository: Path, executor: ThreadPoolExecutor) -> Iterator[Load]:
    """Provide the loader of a chain whose states are contexts of up to four symbols."""
    with loader(definite_repository, executor) as load:
        yield load


@pytest.fixture(scope="session")
def wandering(wandering_repository: Path, executor: ThreadPoolExecutor) -> Iterator[Load]:
    """Provide the loader of a chain with random successors."""
    with loader(wandering_repository, executor) as load:
        yield load


@asynccontextmanager
async def connected(
    settings: Settings, executor: ThreadPoolExecutor
) -> AsyncIterator[grpc.aio.Channel]:
    """Provide a connection to the services on the models of the settings, in this process."""
    catalog = Catalog()
    served = load_repository(settings, executor)
    catalog.fill(served, served[0].name)
    excludes = read_excludes(settings)
    server = build_server(settings, catalog, HealthService(), RunningCalls(), excludes=excludes)
    port = listen(server, settings)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)
    catalog.close()


@pytest.fixture
async def channel(executor: ThreadPoolExecutor) -> AsyncIterator[grpc.aio.Channel]:
    """Provide a connection to the services on the embedded model."""
    async with connected(Settings(address="127.0.0.1:0"), executor) as channel:
        yield channel


@pytest.fixture
async def deep_channel(
    deep_repository: Path, executor: ThreadPoolExecutor
) -> AsyncIterator[grpc.aio.Channel]:
    """Provide a connection to the services on the model without a chain."""
    settings = Settings(models=deep_repository, address="127.0.0.1:0")
    async with connected(settings, executor) as channel:
        yield channel


@pytest.fixture
def names(channel: grpc.aio.Channel) -> "names_pb2_grpc.NameServiceAsyncStub":
    """Provide the NameService of the embedded model."""
    return names_pb2_grpc.NameServiceStub(channel)


@pytest.fixture
def models(channel: grpc.aio.Channel) -> "models_pb2_grpc.ModelServiceAsyncStub":
    """Provide the ModelService of the embedded model."""
    return models_pb2_grpc.ModelServiceStub(channel)
