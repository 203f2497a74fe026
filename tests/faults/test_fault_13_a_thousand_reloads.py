"""Fault 13: a thousand reloads."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from changed import changed
from lettered import MODEL, publish_lettered
from namesmith_client import Client
from processes import ServerProcess
from reloading import Reloads

MOST_GROWTH = 20 << 20
"""Most bytes by which the memory may grow."""

MANY = 3_000
"""Copies of each name in a split, of which a loaded version then holds some megabytes."""

RELOADS_A_THREAD = 10
"""Reloads for each thread of growth: gRPC's own pool gains and loses a thread or two at any time,
while a version that leaks leaves one thread a reload at least."""

WARM_UP = 15
"""Number of reloads before the memory is measured."""

LEAKING = """
from namesmith_server.app.models import ModelManager

kept = []
retire = ModelManager._retire

def keep_and_retire(manager, versions):
    kept.extend(versions)
    retire(manager, versions)

ModelManager._retire = keep_and_retire
"""
"""Code of a server that keeps every version."""


def memory(server: ServerProcess) -> tuple[int, int]:
    """Return the bytes that a server holds, and the number of its threads."""
    process = Path(f"/proc/{server.process.pid}")
    lines = (process / "status").read_text().splitlines()
    (resident,) = (int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS"))
    return resident, len(list((process / "task").iterdir()))


class Growth:
    """A server that is reloaded again and again, its log and its repository."""

    def __init__(self, server: ServerProcess, models: Path, copies: int) -> None:
        self._server = server
        self._copies = copies
        self._models = models
        self._log = Reloads(server)

    def measure(self, reloads: int, event: str) -> tuple[int, int]:
        """Return the growth in bytes and in threads over a number of reloads.

        Args:
            reloads: number of reloads behind the first ones, which are not measured.
            event: last event in the life of a version.
        """
        self._reload(WARM_UP, event)
        before = memory(self._server)
        self._reload(reloads, event)
        after = memory(self._server)
        return after[0] - before[0], after[1] - before[1]

    def _reload(self, count: int, event: str) -> None:
        """Publish a version in place of the one before, and ask for names under a constraint."""
        with Client(self._server.address) as client:
            for _ in range(count):
                client.generate(3, pattern="[abcde]{1,4}")
                (old,) = (self._models / MODEL).iterdir()
                publish_lettered(self._models, copies=self._copies)
                shutil.rmtree(old)
                self._log.reload(event, version=int(old.name))


@contextmanager
def growing(tmp_path: Path, code: str, copies: int = MANY) -> Iterator[Growth]:
    """Provide a server of a repository with one version."""
    models = tmp_path / "models"
    publish_lettered(models, copies=copies)
    with changed(tmp_path, code, "--models", models) as server:
        yield Growth(server, models, copies)


@pytest.mark.parametrize(
    ("reloads", "copies"), [(30, MANY), pytest.param(1_000, 1, marks=pytest.mark.slow)]
)
def test_fault_13_reloads_give_their_memory_back(tmp_path: Path, reloads: int, copies: int) -> None:
    """The memory grows by 20 MiB at most, and reloads leave no threads."""
    with growing(tmp_path, "", copies) as server:
        grown, threads = server.measure(reloads, "model unloaded")
    assert grown <= MOST_GROWTH
    assert threads * RELOADS_A_THREAD < reloads


@pytest.mark.slow
def test_fault_13_a_leak_is_noticed(tmp_path: Path) -> None:
    """A server that keeps every version grows by more over as few reloads."""
    with growing(tmp_path, LEAKING) as server:
        grown, _ = server.measure(30, "model retired")
    assert grown > MOST_GROWTH
