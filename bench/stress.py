"""Mixed stress: clients of every kind, killed one after another; growth of the server's memory."""

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent

MOST = 20.0
"""Largest allowed growth of the resident memory, in MiB."""

LEAK = """
import time
from namesmith_server.grpc import NameService

kept, last = [], [0.0]
answer = NameService.GenerateNames

async def leaking(self, *arguments):
    if time.monotonic() > last[0] + 0.4:
        last[0] = time.monotonic()
        kept.append(b"x" * (1 << 20))
    return await answer(self, *arguments)

NameService.GenerateNames = leaking
"""
"""Change of a server by which it keeps 1 MiB of GenerateNames calls, at most every 0.4 s: a leak
that a busy machine shows too, and that takes no fast one along."""

CLIENTS = 4
"""Number of clients at a time."""

LIFE = 3.0
"""Seconds between two kills of a client, which is replaced at once."""

CALM = 6.0
"""Seconds after the last call in which the server may give memory back before it is read."""

UNTYPED = frozenset({"UNTYPED", "UNKNOWN", "INTERNAL", "CANCELLED"})
"""Words of the outcomes that no call may have."""


@dataclass
class Stress:
    """The outcome of a stress.

    Attributes:
        grown: growth of the server's resident memory after the warm-up, in MiB.
        killed: number of clients that were killed at their work.
        outcomes: how often each outcome came: method, status, reason.
    """

    grown: float = 0.0
    killed: int = 0
    outcomes: "Counter[str]" = field(default_factory=Counter)

    @property
    def untyped(self) -> dict[str, int]:
        """The outcomes that no call may have."""
        return {
            one: count
            for one, count in self.outcomes.items()
            if not UNTYPED.isdisjoint(one.split())
        }


def stress(address: str, pid: int, seconds: float) -> Stress:
    """Stress a server for half of the time as warm-up, then for the time; tell its outcome."""
    found = Stress()
    _run(address, seconds / 2, found)
    before = calm_mib(pid)
    _run(address, seconds, found)
    found.grown = calm_mib(pid) - before
    return found


def calm_mib(pid: int) -> float:
    """Return the least resident memory of a process while nobody calls it, in MiB."""
    until, least = time.monotonic() + CALM, float("inf")
    while time.monotonic() < until:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
        least = min(least, int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20))
        time.sleep(0.1)
    return least


def _run(address: str, seconds: float, found: Stress) -> None:
    """Let clients call for so many seconds; kill one every ``LIFE`` seconds."""
    until = time.monotonic() + seconds
    clients = [_Client(address, found.outcomes) for _ in range(CLIENTS)]
    try:
        while time.monotonic() < until:
            time.sleep(min(LIFE, max(0.0, until - time.monotonic())))
            clients.pop(0).kill()
            found.killed += 1
            clients.append(_Client(address, found.outcomes))
    finally:
        for client in clients:
            client.kill()


class _Client:
    """A client in a process of its own, whose outcomes are counted until it is killed."""

    _lock = threading.Lock()

    def __init__(self, address: str, outcomes: "Counter[str]") -> None:
        seed = str(random.randrange(2**32))  # noqa: S311 - a load, not a secret
        path = os.pathsep.join(str(HERE.parent / part) for part in ("proto", "tests"))
        self._outcomes = outcomes
        self._process = subprocess.Popen(
            [sys.executable, HERE / "stress_client.py", address, seed],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def kill(self) -> None:
        """Kill the client, wherever in its call it is."""
        self._process.kill()
        self._reader.join()
        self._process.communicate()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):  # the last may be cut off
                with self._lock:
                    self._outcomes[line.strip()] += 1
