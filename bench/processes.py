"""The servers that are measured, as processes, and what the kernel knows of them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SERVER = Path(sys.executable).with_name("namesmith-server")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """A server that is up.

    Attributes:
        pid: of its process.
        port: on 127.0.0.1.
    """

    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """User and system time so far, of all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mib(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


@contextmanager
def floor(count: int) -> Iterator[Process]:
    """The floor that answers ``count`` names."""
    command = [sys.executable, HERE / "floor.py", str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Process(process.pid, int(process.stdout.readline()))
        finally:
            process.kill()


@contextmanager
def namesmith(*options: str | Path) -> Iterator[Process]:
    """A namesmith server that serves."""
    command = [SERVER, "--address", "127.0.0.1:0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            events = map(json.loads, process.stderr)
            port = next(event["port"] for event in events if event["event"] == "serving")
            yield Process(process.pid, port)
        finally:
            process.kill()
