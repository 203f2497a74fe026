"""The command ``namesmith`` as a process, on pipes or on a terminal."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from namesmith_client.cli.main import namesmith

NAMESMITH = Path(sys.executable).with_name("namesmith")

Result = subprocess.CompletedProcess[str]


def run(address: str, *arguments: str, given: bytes = b"") -> Result:
    """Run a command against the server at the address: in this process, unless input is given.

    A process takes longer to begin than most commands take; ``run_program`` starts one.
    """
    if given:  # by a pipe, which the commands read past Python's own stream
        return run_program(address, *arguments, given=given)
    runner = CliRunner(env={"NAMESMITH_ADDRESS": address})
    ended = runner.invoke(namesmith, arguments, prog_name=NAMESMITH.name)
    return Result(arguments, ended.exit_code, ended.stdout, ended.stderr)


def run_program(address: str, *arguments: str, given: bytes = b"") -> Result:
    """Run a command as people do, as a process with pipes for input and output."""
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
    """Return the standard output of a command that must succeed and write no error."""
    result = run(address, *arguments, given=given)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def on_a_terminal(
    address: str, *arguments: str, columns: int = 100, stream: str = "stdout", **others: int
) -> str:
    """Return the text that a command writes to one of its streams, which is a terminal."""
    screen, terminal = pty.openpty()
    environment = {
        **os.environ,
        "NAMESMITH_ADDRESS": address,
        "COLUMNS": f"{columns}",
        "TERM": "xterm",
    }
    streams: dict[str, Any] = {stream: terminal, **others}
    with subprocess.Popen([NAMESMITH, *arguments], env=environment, **streams):
        os.close(terminal)
        shown = b""
        try:
            while piece := os.read(screen, 65536):
                shown += piece
        except OSError:  # Linux ends a terminal so when its other side is closed
            pass
    os.close(screen)
    return shown.decode()
