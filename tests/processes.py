"""The server as a process, which people run."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

SERVER = Path(sys.executable).with_name("namesmith-server")

ONE_OR_TWO = ("1", pytest.param("2", marks=pytest.mark.slow))
"""Numbers of workers of a server that does the same with one and with two: two are tested by
``make faults`` and ``make test-slow``."""

PASSED_OVER = ("event loop late", "call")
"""Events whose lines come at any time: of the watchdog on a busy machine, of the access log."""


@dataclass
class ServerProcess:
    """A running server.

    Attributes:
        process: the process; its standard error is a pipe.
        log: the lines of the log that have been read.
        readers: threads that read the log until it ends.
    """

    process: "subprocess.Popen[str]"
    log: list[dict[str, Any]]
    readers: list[Thread] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The address that a client calls."""
        return f"127.0.0.1:{self.log[-1]['port']}"

    def end(self) -> None:
        """Kill the server if it still runs, and let the readers come to the end of its log."""
        self.process.kill()
        for reader in self.readers:
            reader.join(60)

    def events(self, passed_over: Sequence[str] = PASSED_OVER) -> Iterator[dict[str, Any]]:
        """Iterate over the lines of the log that have not been read, until the log ends.

        Args:
            passed_over: events of the lines that are left out.
        """
        assert self.process.stderr is not None
        lines = map(json.loads, self.process.stderr)
        return (line for line in lines if line["event"] not in passed_over)


@contextmanager
def running(
    *options: str | Path, program: Sequence[str | Path] = (SERVER,)
) -> Iterator[ServerProcess]:
    """Provide a server that serves on a free port; kill it at the end if it still runs."""
    command = [*program, "--address", "127.0.0.1:0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        server = ServerProcess(process, [])
        try:
            for event in server.events():
                server.log.append(event)
                if event["event"] == "serving":
                    break
            yield server
        finally:
            server.end()


@contextmanager
def starting(*options: str | Path) -> Iterator[str]:
    """Provide the address of a server that need not be ready ever; kill it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with starting_process("--address", address, *options):
        yield address


@contextmanager
def starting_process(*options: str | Path) -> Iterator[ServerProcess]:
    """Provide a server that need not be ready ever; kill it at the end."""
    command = [SERVER, "--address", "127.0.0.1:0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield ServerProcess(process, [])
        finally:
            process.kill()


def refused(
    *options: str | Path,
    environment: dict[str, str] | None = None,
    program: Sequence[str | Path] = (SERVER,),
) -> "subprocess.CompletedProcess[str]":
    """Run a server that must not start; return its exit status and output, without a traceback."""
    command = [*program, "--address", "127.0.0.1:0", *options]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    assert "Traceback" not in ended.stderr
    return ended
