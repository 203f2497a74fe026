"""Fault 51: workers serve one set of versions, whatever ends in the middle of whatever change."""

import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from admins import (
    add_corrupt_version,
    add_version,
    admin,
    await_event,
    pids,
    replaced,
    served,
)
from changed import changed
from namesmith_client import (
    FailedPreconditionError,
    ModelVersion,
    UnavailableError,
    VersionState,
)
from processes import ServerProcess, running

pytestmark = pytest.mark.slow  # CI has no room for it: make faults

MODEL = "definite"

OPTIONS = ("--workers", "2", "--admin-address", "127.0.0.1:0", "--models")

HELD = """
import logging
import os
import time

from namesmith_server.app.loading import loader

verify = loader.verify


def held(folder, *arguments):
    released = folder.parents[2] / "released"
    if folder.name == "2" and not released.exists():
        logging.getLogger("test").warning("load held")
        FAULT
    return verify(folder, *arguments)


loader.verify = held
"""
"""A change of the server: something happens to a process that loads version 2, until a file is
there that releases it."""

WAITS = HELD.replace("FAULT", "while not released.exists(): time.sleep(0.02)")

ENDS = HELD.replace("FAULT", "time.sleep(0.2); os._exit(3)")
"""The process ends, when the line of the log is written."""


@pytest.fixture
def models(definite_repository: Path, tmp_path: Path) -> Path:
    """Provide a repository that the test may change."""
    return Path(shutil.copytree(definite_repository, tmp_path / "models"))


@pytest.fixture
def waiting(models: Path, tmp_path: Path) -> Iterator[ServerProcess]:
    """Provide a server of two workers, where the load of version 2 waits until it is released."""
    with changed(tmp_path, WAITS, *OPTIONS, models) as server:
        yield server


@contextmanager
def reloading(server: ServerProcess, models: Path) -> Iterator["Future[tuple[ModelVersion, ...]]"]:
    """Provide the outcome of a reload that has begun to load version 2 in the first worker."""
    add_version(models, MODEL, 2)
    with ThreadPoolExecutor() as pool, admin(server) as operator:
        yield pool.submit(operator.reload)


def release(models: Path) -> None:
    """Let the loads of version 2 go on."""
    (models.parent / "released").touch()


def test_fault_51_a_restarted_worker_serves_the_version_of_the_others(models: Path) -> None:
    """Every connection meets version 1 after each worker was killed beside a newer version."""
    with running(*OPTIONS, models) as server:
        add_version(models, MODEL, 2)
        for worker in pids(iter(server.log), 2):
            replaced(server, worker)
        assert served(server) == {((MODEL, 1),)}


@pytest.mark.slow
def test_fault_51_a_worker_that_comes_after_a_reload_serves_its_version(models: Path) -> None:
    """Every connection meets version 2 after the reload, and after each worker was killed."""
    with running(*OPTIONS, models) as server, admin(server) as operator:
        add_version(models, MODEL, 2)
        operator.reload()
        assert served(server) == {((MODEL, 2),)}
        for worker in pids(iter(server.log), 2):
            replaced(server, worker)
        assert served(server) == {((MODEL, 2),)}


@pytest.mark.slow
def test_fault_51_a_version_that_is_refused_reaches_no_restarted_worker(models: Path) -> None:
    """A corrupt version is served by nobody, before and after each worker was killed."""
    with running(*OPTIONS, models) as server, admin(server) as operator:
        add_corrupt_version(models, MODEL, 2)
        with pytest.raises(FailedPreconditionError):
            operator.load(MODEL, 2)
        assert served(server) == {((MODEL, 1),)}
        for worker in pids(iter(server.log), 2):
            replaced(server, worker)
        assert served(server) == {((MODEL, 1),)}


def test_fault_51_a_worker_killed_while_it_loads_delays_the_reload(
    waiting: ServerProcess, models: Path
) -> None:
    """Its replacement loads the version, and then every worker serves it."""
    with reloading(waiting, models) as outcome:
        held = await_event(waiting, "load held")
        assert served(waiting) == {((MODEL, 1),)}
        release(models)
        os.kill(int(str(held["pid"])), signal.SIGKILL)
        newest, *_ = outcome.result(60)
    assert (newest.version, newest.state) == (2, VersionState.SERVING)
    assert served(waiting) == {((MODEL, 2),)}


def test_fault_51_a_worker_killed_beside_a_load_does_not_split_the_set(
    waiting: ServerProcess, models: Path
) -> None:
    """The replacement serves the old version while the other worker loads, then the new one."""
    workers = pids(iter(waiting.log), 2)
    with reloading(waiting, models) as outcome:
        held = await_event(waiting, "load held")
        (other,) = set(workers) - {held["pid"]}
        replaced(waiting, other)
        assert served(waiting) == {((MODEL, 1),)}
        release(models)
        outcome.result(60)
        assert served(waiting) == {((MODEL, 2),)}


def test_fault_51_a_version_that_ends_workers_is_served_by_none(
    models: Path, tmp_path: Path
) -> None:
    """The first worker ends twice, no other one loads the version, and a later one is served."""
    with changed(tmp_path, ENDS, *OPTIONS, models) as server, admin(server) as operator:
        add_version(models, MODEL, 2)
        newest, *_ = operator.reload()
        assert newest.state is VersionState.REFUSED
        assert "ended" in newest.fault
        assert served(server) == {((MODEL, 1),)}
        add_version(models, MODEL, 3)
        operator.reload()
        assert served(server) == {((MODEL, 3),)}
        server.process.terminate()
        events = list(server.events())
    deaths = [one["worker"] for one in events if one["event"] == "worker died"]
    assert deaths == [0, 0]


def test_fault_51_a_signal_in_the_middle_of_a_reload_drains(
    waiting: ServerProcess, models: Path
) -> None:
    """The server ends with 0, though the load never does, and the reload is UNAVAILABLE."""
    with reloading(waiting, models) as outcome:
        await_event(waiting, "load held")
        waiting.process.terminate()
        assert waiting.process.wait(30) == 0
        assert isinstance(outcome.exception(30), UnavailableError)


@pytest.mark.slow
def test_fault_51_a_worker_that_hangs_in_a_reload_is_replaced(models: Path) -> None:
    """The reload ends when the hung worker is noticed and its replacement serves."""
    with running(*OPTIONS, models) as server:
        _, second = pids(iter(server.log), 2)
        os.kill(second, signal.SIGSTOP)
        with reloading(server, models) as outcome:
            await_event(server, "worker hung")
            newest, *_ = outcome.result(60)
        assert newest.state is VersionState.SERVING
        assert served(server) == {((MODEL, 2),)}
