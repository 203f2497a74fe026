"""The library's client, with which the tests compare the commands."""

from collections.abc import Iterator

import pytest

from namesmith_client import Client


@pytest.fixture
def client(server: str) -> Iterator[Client]:
    """Open a client on the server that the commands ask."""
    with Client(server) as one:
        yield one
