"""Fault 12: models are loaded and unloaded by many operators at once, under traffic, in workers."""

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from admins import add_version, admin, served
from namesmith_client import Client, NamesmithError, NotFoundError, ResourceExhaustedError
from processes import ServerProcess, running

MODEL = "definite"

OPERATORS = 32
"""Number of threads that load and unload at once."""

ROUNDS = 4
"""Number of times that each loads and unloads a version."""


def test_fault_12_operators_load_and_unload_under_traffic(
    definite_repository: Path, tmp_path: Path
) -> None:
    """No call of a client fails, every operator's call is answered, the workers serve one set."""
    models = Path(shutil.copytree(definite_repository, tmp_path / "models"))
    for version in (2, 3, 4):
        add_version(models, MODEL, version)
    options = ("--models", models, "--workers", "2", "--admin-address", "127.0.0.1:0")
    with running(*options, "--versions", f"{MODEL}/1") as server:
        with traffic(server) as failures, ThreadPoolExecutor(OPERATORS) as pool:
            answered = sum(pool.map(lambda number: operate(server, number), range(OPERATORS)))
        assert not failures
        assert answered > 0
        (one_set,) = served(server)
        assert (MODEL, 1) in one_set
        with admin(server) as operator:
            operator.reload()


def operate(server: ServerProcess, number: int) -> int:
    """Load and unload a version again and again; return the number of loads that were served.

    The version may have been unloaded by another operator, and too many may wait.
    """
    loaded, version = 0, 2 + number % 3
    with admin(server) as operator:
        for _ in range(ROUNDS):
            try:
                loaded += operator.load(MODEL, version).version == version
                operator.unload(MODEL, version)
            except (NotFoundError, ResourceExhaustedError):
                continue
    return loaded


@contextmanager
def traffic(server: ServerProcess) -> Iterator[list[Exception]]:
    """Have four clients call the server in the block; provide the failures of their calls."""
    failures: list[Exception] = []
    over = threading.Event()

    def call() -> None:
        try:
            while not over.is_set():
                with Client(server.address) as client:
                    for _ in range(20):
                        assert len(client.generate(20).names) == 20
        except (NamesmithError, AssertionError) as error:
            failures.append(error)

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    try:
        yield failures
    finally:
        over.set()
        for caller in callers:
            caller.join(60)
