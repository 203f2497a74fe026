"""The command line as a person or a script runs it."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

NAMESMITH = Path(sys.executable).with_name("namesmith")

Result = subprocess.CompletedProcess[str]


def run(address: str, *arguments: str, given: bytes = b"") -> Result:
    """The command with NAMESMITH_ADDRESS set, its output on pipes."""
    environment = {**os.environ, "NAMESMITH_ADDRESS": address}
    result = subprocess.run(
        [NAMESMITH, *arguments],
        input=given,
        capture_output=True,
        env=environment,
        timeout=60,
        check=False,
    )
    return Result(result.args, result.returncode, result.stdout.decode(), result.stderr.decode())


def answer(address: str, *arguments: str, given: bytes = b"") -> str:
    """What a command prints that succeeds and says nothing else."""
    result = run(address, *arguments, given=given)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def on_a_terminal(
    address: str, *arguments: str, columns: int = 100, stream: str = "stdout", **others: int
) -> str:
    """What the command shows on a terminal, of one of its streams."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "NAMESMITH_ADDRESS": address,
        "COLUMNS": f"{columns}",
        "TERM": "xterm",
    }
    streams: dict[str, Any] = {stream: theirs, **others}
    with subprocess.Popen([NAMESMITH, *arguments], env=environment, **streams):
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # how Linux ends a terminal whose other side is closed
            pass
    os.close(ours)
    return shown.decode()
