"""The processes of a flood: the attacker, its sink, those who call beside it; a watch on memory."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from servers import Process

HERE = Path(__file__).parent

LEAST = 5.0
"""Least duration of a flood, in seconds: one that is over sooner counts for that long."""

EVERY = 0.02
"""Seconds between two readings of the memory."""

MOST = 4096.0
"""Resident memory in MiB at which the server is killed, lest it takes the machine along."""


class Memory:
    """The resident memory of a server, as a context manager that watches it.

    Attributes:
        idle: resident memory at the beginning, in MiB.
        killed: True if the server held more than ``MOST`` and was killed.
    """

    def __init__(self, server: Process) -> None:
        self.killed = False
        self.idle = server.resident_mib()
        self._largest = 0.0
        self._server = server
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._server.forget_peak()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def peak(self) -> float:
        """Return the peak so far above idle, in MiB, by the system's own high mark."""
        return (self._largest if self.killed else self._server.peak_mib()) - self.idle

    def left(self) -> float:
        """Return the memory above idle now, in MiB; infinity where the server was killed."""
        return float("inf") if self.killed else self._server.resident_mib() - self.idle

    def _watch(self) -> None:
        while not self._ended.wait(EVERY):
            self._largest = max(self._largest, self._server.resident_mib())
            if self._largest > MOST:
                self.killed = True
                os.kill(self._server.pids[-1], signal.SIGKILL)
                return


@dataclass(frozen=True)
class Attack:
    """The begin and the end of an attack, and the number of times that each status came."""

    began: float
    ended: float
    statuses: "Counter[str]"


def attack(  # noqa: PLR0913 - the parts of an attack
    folder: Path, name: str, *, port: int, connections: int, hold: float, gzip: bool
) -> Attack:
    """Run a flood in a process of its own, until it is over and at least ``LEAST`` long.

    Args:
        folder: checkout whose limits the flood goes to.
        name: name of the flood.
        port: port of the attacked server.
        connections: number of connections.
        hold: seconds for which calls are held open.
        gzip: True if the requests are compressed.
    """
    command = [sys.executable, HERE / "attacks.py", name, f"127.0.0.1:{port}"]
    command += [str(connections), str(hold), *(["--gzip"] if gzip else [])]
    path = os.pathsep.join([str(HERE.parent / "tests"), str(folder / "proto")])
    with _piped(command, path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        told, _ = process.communicate("go\n")
    ended = json.loads(told)
    time.sleep(max(0.0, ended["began"] + LEAST - time.monotonic()))
    return Attack(ended["began"], ended["ended"], Counter(ended["statuses"]))


class Beside:
    """A process that calls the server beside the flood; see ``bench/beside.py``."""

    def __init__(self, kind: str, server: Process) -> None:
        command = [sys.executable, HERE / "beside.py", kind, str(server.port)]
        self._process = _piped(command, str(HERE.parent / "proto"))
        assert self._process.stdout is not None
        self._process.stdout.readline()
        self._calls: list[tuple[float, float, str]] = []

    def end(self) -> None:
        """Let the last call end, and read all calls."""
        told, _ = self._process.communicate()
        self._calls = json.loads(told)

    def kill(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def rate(self, began: float, ended: float) -> float:
        """Return the calls that were answered with OK in a time, by the second."""
        answered = sum(
            began <= at + took <= ended for at, took, outcome in self._calls if outcome == "OK"
        )
        return answered / (ended - began)

    def failed(self, began: float, ended: float) -> "Counter[str]":
        """Return how often each other status than OK came in a time."""
        return self.outcomes(began, ended) - Counter({"OK": len(self._calls)})

    def outcomes(self, began: float, ended: float) -> "Counter[str]":
        """Return how often each status came in a time."""
        return Counter(outcome for at, took, outcome in self._calls if began <= at + took <= ended)

    def slowest(self, began: float, ended: float) -> float:
        """Return the slowest call of a time, in milliseconds; infinity where one failed."""
        within = [one for one in self._calls if one[0] + one[1] >= began and one[0] <= ended]
        if any(outcome != "OK" for _, _, outcome in within):
            return float("inf")
        return max(took for _, took, _ in within) * 1000


@contextmanager
def sink(folder: Path) -> Iterator[int]:
    """Provide the port of the sink, which reads messages as large as a checkout's server."""
    with _piped([sys.executable, HERE / "sink.py"], str(folder / "proto")) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def _piped(command: list[Any], path: str = "") -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": path} if path else None
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
