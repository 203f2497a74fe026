"""Fault 46: SIGHUP, of an operator or of a terminal that goes, to a server of workers."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from admins import add_version, await_event, pids, served
from processes import running

MODEL = "definite"


@pytest.fixture
def models(definite_repository: Path, tmp_path: Path) -> Path:
    """Provide a repository that the test may change."""
    return Path(shutil.copytree(definite_repository, tmp_path / "models"))


def test_fault_46_sighup_reloads_every_worker(models: Path) -> None:
    """The signal to the supervisor has all workers serve the newest version; none ends."""
    with running("--models", models, "--workers", "2") as server:
        add_version(models, MODEL, 2)
        server.process.send_signal(signal.SIGHUP)
        await_event(server, "model retired")
        assert served(server) == {((MODEL, 2),)}
        server.process.terminate()
        events = [one["event"] for one in server.events()]
    assert "worker died" not in events
    assert events[-1] == "stopped"


def test_fault_46_sighup_means_nothing_to_a_worker(models: Path) -> None:
    """A worker that gets the signal, as of a terminal, neither ends nor loads anything."""
    with running("--models", models, "--workers", "2") as server:
        add_version(models, MODEL, 2)
        for worker in pids(iter(server.log), 2):
            os.kill(worker, signal.SIGHUP)
        assert served(server) == {((MODEL, 1),)}
        server.process.terminate()
        events = [one["event"] for one in server.events()]
    assert sorted(events) == ["draining"] * 3 + ["stopped"]
