"""The servers that are measured, as processes, with their CPU time and memory."""

import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread

HERE = Path(__file__).parent
SERVER = Path(sys.executable).with_name("namesmith-server")

CPU_CLOCK = 2
"""Linux's number, in the lowest three bits of a clock, of the CPU time of a process."""


@dataclass(frozen=True)
class Process:
    """A server that serves.

    Attributes:
        pids: ids of the server's processes, the supervisor of workers first.
        port: port of the server on 127.0.0.1.
        metrics_port: port of its metrics on 127.0.0.1; 0: it has none.
    """

    pids: tuple[int, ...]
    port: int
    metrics_port: int = 0

    def cpu_seconds(self) -> float:
        """Return the user and system time so far of all threads of all processes, in seconds."""
        # The system's clock of a process: /proc counts in hundredths of a second.
        return sum(time.clock_gettime(~pid << 3 | CPU_CLOCK) for pid in self.pids)

    def resident_mib(self) -> float:
        """Return the resident memory of the last process, in MiB."""
        return self._memory("VmRSS")

    def peak_mib(self) -> float:
        """Return the largest resident memory of the last process so far, in MiB."""
        return self._memory("VmHWM")

    def forget_peak(self) -> None:
        """Let the largest resident memory be counted anew from now on."""
        Path(f"/proc/{self.pids[-1]}/clear_refs").write_text("5")

    def pss_mib(self) -> list[float]:
        """Return the proportional memory of each process in MiB: a shared page counts in parts."""
        rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text().split() for pid in self.pids)
        return [int(words[words.index("Pss:") + 1]) / 1024 for words in rollups]

    def _memory(self, field: str) -> float:
        status = Path(f"/proc/{self.pids[-1]}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith(field))
        return int(line.split()[1]) / 1024


@contextmanager
def floor(count: int, processes: int = 1) -> Iterator[Process]:
    """Provide the floor that answers with ``count`` names, on one or several processes."""
    port, pids = 0, []
    with ExitStack() as stack:
        for _ in range(processes):
            command = [sys.executable, HERE / "floor.py", str(count), str(port), str(processes)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            stack.callback(_end, process)
            assert process.stdout is not None
            port = int(process.stdout.readline())
            pids.append(process.pid)
        yield Process(tuple(pids), port)


def namesmith(*options: str | Path) -> AbstractContextManager[Process]:
    """Return a context manager that provides a namesmith server."""
    return _serving([SERVER, *options])


def python(change: str, *options: str) -> AbstractContextManager[Process]:
    """Return a context manager that provides a namesmith server, after running ``change`` in it."""
    start = "\nfrom namesmith_server.app.main import main\nmain()"
    return _serving([sys.executable, "-c", change + start, *options])


def checkout(folder: Path, *options: str | Path) -> AbstractContextManager[Process]:
    """Return a context manager that provides the namesmith server of a checkout."""
    path = os.pathsep.join(str(folder / part) for part in ("proto", "server"))
    start = "from namesmith_server.app.main import main\nmain()"
    return _serving([sys.executable, "-c", start, *options], {**os.environ, "PYTHONPATH": path})


@contextmanager
def _serving(
    command: list[str | Path], environment: dict[str, str] | None = None
) -> Iterator[Process]:
    command = [*command, "--address", "127.0.0.1:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stderr is not None
            pids, metrics_port = [process.pid], 0
            for event in map(json.loads, process.stderr):
                if event["event"] == "worker serving":
                    pids.append(event["pid"])
                if event["event"] == "metrics":
                    metrics_port = event["port"]
                if event["event"] == "serving":
                    break
            unread = partial(deque, process.stderr, maxlen=0)  # the log must not fill its pipe
            Thread(target=unread, daemon=True).start()
            yield Process(tuple(pids), event["port"], metrics_port)
        finally:
            process.kill()


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()
