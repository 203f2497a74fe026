"""A server process with a chain: the same names on each backend, by one worker or by four."""

from pathlib import Path

import pytest

from chain_bundles import SPLIT_NAMES
from namesmith_client import Client
from processes import running

SEED = 2**64 - 1


@pytest.fixture(scope="module")
def expected(definite_repository: Path) -> tuple[str, ...]:
    """Provide the 1,000 names that one worker draws from the chain itself."""
    with running("--models", definite_repository) as server, Client(server.address) as client:
        assert server.log[0]["backend"] == "table"
        return tuple(client.generate(1_000, seed=SEED).names)


def test_four_workers_give_the_names_of_one(
    definite_repository: Path, expected: tuple[str, ...]
) -> None:
    """Over 12 connections, which the kernel spreads over the workers."""
    with running("--models", definite_repository, "--workers", "4") as server:
        for _ in range(12):
            with Client(server.address) as client:
                assert tuple(client.generate(1_000, seed=SEED).names) == expected


@pytest.mark.parametrize("backend", ["onnx", pytest.param("torchscript", marks=pytest.mark.slow)])
def test_a_runtime_gives_the_names_of_the_chain(
    definite_repository: Path, expected: tuple[str, ...], backend: str
) -> None:
    """The graph walks the states of the chain; questions are answered and splits evaluated too."""
    options = ("--models", definite_repository, "--backend", backend)
    with running(*options) as server, Client(server.address) as client:
        assert server.log[0]["backend"] == backend
        assert tuple(client.generate(1_000, seed=SEED).names) == expected
        assert len(client.top(5).names) == 5
        assert client.evaluate("val").names == SPLIT_NAMES
