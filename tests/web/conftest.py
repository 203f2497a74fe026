"""A real front before a real server."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from asking import WEB, Post, asked
from browsers import Open, chromium, watched
from processes import ServerProcess, running


@pytest.fixture(scope="session")
def grpc_server() -> Iterator[ServerProcess]:
    """Provide a gRPC server with the embedded models that have a chain."""
    with running("--only", "us-names,us-names-distilled") as server:
        yield server


@pytest.fixture(scope="session")
def front(grpc_server: ServerProcess) -> Iterator[ServerProcess]:
    """Provide a front that refuses nobody for calling often."""
    options = ("--server", grpc_server.address, "--rate", "0", "--max-request-bytes", "100000")
    with running(*options, program=WEB) as process:
        yield process


@pytest.fixture
def post(front: ServerProcess) -> Post:
    """Provide a function that sends a body to a path of the front."""
    return lambda path, body=None, **headers: asked(front, path, body, **headers)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Provide chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser, front: ServerProcess) -> Iterator[Open]:
    """Provide a way to open the page of the front."""
    with watched(browser, f"http://{front.address}/") as opening:
        yield opening
