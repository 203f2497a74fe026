"""The server as the process that people run."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVER = Path(sys.executable).with_name("namesmith-server")


@dataclass
class ServerProcess:
    """A running server.

    Attributes:
        process: its process; standard error is a pipe.
        log: the lines of its log so far.
    """

    process: "subprocess.Popen[str]"
    log: list[dict[str, Any]]

    @property
    def address(self) -> str:
        """Where a client finds it."""
        return f"127.0.0.1:{self.log[-1]['port']}"

    def events(self) -> Iterator[dict[str, Any]]:
        """The next lines of its log, until it ends."""
        assert self.process.stderr is not None
        return map(json.loads, self.process.stderr)


@contextmanager
def running(*options: str | Path) -> Iterator[ServerProcess]:
    """A server on a free port, serving; killed at the end where it still runs."""
    command = [SERVER, "--address", "127.0.0.1:0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        server = ServerProcess(process, [])
        try:
            for event in server.events():
                server.log.append(event)
                if event["event"] == "serving":
                    break
            yield server
        finally:
            process.kill()
