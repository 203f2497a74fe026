"""Fault 51: a newer version is published beside workers, of which one is then started again."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

from namesmith.v1.manifest_pb2 import Manifest
from namesmith_client import Client
from namesmith_trainer.publish import publish
from processes import ServerProcess, running


def republished(models: Path, name: str) -> None:
    """Publish the files of version 1 of a model again, as its next version."""
    from namesmith.bundle import Bundle  # noqa: PLC0415 - the reader of the first version

    bundle = Bundle.open(models / "small" / "1")
    manifest = Manifest()
    manifest.CopyFrom(bundle.manifest)
    manifest.model = name
    publish(models, manifest, {file.path: bundle.read(file.path) for file in manifest.files})


def pids(events: Iterator[dict[str, object]]) -> Iterator[int]:
    """Iterate over the process ids of workers that begin to serve."""
    return (int(str(one["pid"])) for one in events if one["event"] == "worker serving")


def test_fault_51_a_restarted_worker_serves_the_version_of_the_others(
    repository: Path, tmp_path: Path
) -> None:
    """Every connection meets version 1, and no model that has come later, after a restart."""
    models = Path(shutil.copytree(repository, tmp_path / "models"))
    with running("--models", models, "--workers", "2") as server:
        republished(models, "small")
        republished(models, "newcomer")
        for worker in list(pids(iter(server.log))):
            os.kill(worker, signal.SIGKILL)
            next(pids(server.events()))
        assert versions(server) == {("small", 1)}


def versions(server: ServerProcess) -> set[tuple[str, int]]:
    """Return the models, with their versions, that 20 connections meet."""
    met = set()
    for _ in range(20):
        with Client(server.address) as client:
            met |= {(one.name, one.version) for one in client.models()}
    return met
