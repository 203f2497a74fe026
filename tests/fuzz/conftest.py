"""Fixtures of the fuzz tests: one real server for all of them, whose log is read."""

from collections.abc import Iterator

import pytest

from fuzzing import WatchedServer


@pytest.fixture(scope="session")
def server() -> Iterator[WatchedServer]:
    """Provide a server of a chain and of a network; calls are bounded, so that each is short."""
    options = ("--only", "us-names,us-names-wavenet", "--max-symbols", "20000", "--reflection")
    with WatchedServer.running(*options, "--log-level", "debug") as one:
        yield one


@pytest.fixture(autouse=True)
def stays_well(request: pytest.FixtureRequest) -> Iterator[None]:
    """Check the server after each test that uses it, not after each example."""
    yield
    if "server" in request.fixturenames:
        request.getfixturevalue("server").check()
