"""Servers with an admin service, and the versions that their workers serve."""

import os
import signal
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from bundles import copy_version, replace_file
from namesmith_client import AdminClient, Client
from processes import ServerProcess

CONNECTIONS = 20
"""Number of connections that meet every worker, of two or three, almost surely."""


def admin_address(server: ServerProcess) -> str:
    """Return the address of a server's admin service."""
    (address,) = (one["address"] for one in server.log if one["event"] == "admin serving")
    return str(address)


def admin(server: ServerProcess) -> AdminClient:
    """Return a client of a server's admin service."""
    return AdminClient(admin_address(server), timeout=60)


def served(server: ServerProcess) -> set[tuple[tuple[str, int], ...]]:
    """Return the sets of models, with their versions, that many connections meet."""
    met = set()
    for _ in range(CONNECTIONS):
        with Client(server.address) as client:
            met.add(tuple(sorted((one.name, one.version) for one in client.models())))
    return met


def add_version(models: Path, model: str, version: int) -> Path:
    """Copy version 1 of a model as another version; it appears in the repository whole."""
    aside = models.with_name(f"{models.name}-aside")
    made = copy_version(models / model / "1", aside, version)
    return made.rename(models / model / str(version))


def add_corrupt_version(models: Path, model: str, version: int) -> Path:
    """Add a version whose chain is no chain, though its hashes are right."""
    aside = models.with_name(f"{models.name}-aside")
    made = copy_version(models / model / "1", aside, version)
    replace_file(made, "chain.safetensors", b"no tensors")
    return made.rename(models / model / str(version))


def pids(events: Iterator[dict[str, object]], count: int) -> list[int]:
    """Return the process ids of the next ``count`` workers that begin to serve."""
    serving = (event["pid"] for event in events if event["event"] == "worker serving")
    return [int(str(pid)) for pid in islice(serving, count)]


def replaced(server: ServerProcess, worker: int) -> int:
    """Kill a worker; return the process that serves in its place."""
    os.kill(worker, signal.SIGKILL)
    return pids(server.events(), 1)[0]


def await_event(server: ServerProcess, event: str) -> dict[str, object]:
    """Read the log until an event; return its line."""
    return next(line for line in server.events() if line["event"] == event)
