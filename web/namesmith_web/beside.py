"""A gRPC server beside the front, which ends with it."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MODELS = "us-names,us-names-distilled"
"""The embedded models that the server serves, unless NAMESMITH_ONLY says otherwise."""

GRACE = 10.0
"""Seconds that the server has to end after SIGTERM."""


class NoServerError(Exception):
    """No server could be started."""


@contextmanager
def server_beside() -> Iterator[str]:
    """Provide the address of a server with the embedded models; end it at the end.

    Its log goes on to standard error.

    Raises:
        NoServerError: ``namesmith-server`` is not installed, or ended before it served.
    """
    beside = Path(sys.executable).with_name("namesmith-server")
    program = str(beside) if beside.exists() else shutil.which("namesmith-server")
    if program is None:
        raise NoServerError("--with-server: namesmith-server is not installed (the extra server)")
    command = [program, "--address", "127.0.0.1:0"]
    environment = {"NAMESMITH_ONLY": MODELS, **os.environ}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603 - ours
        try:
            yield f"127.0.0.1:{_port_of(process)}"
        finally:
            process.terminate()
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()


def _port_of(process: "subprocess.Popen[str]") -> int:
    """Read a server's log until it serves, and leave the rest to a thread; return the port."""
    for line in _passed_on(process):
        if line.get("event") == "serving":
            threading.Thread(target=lambda: list(_passed_on(process)), daemon=True).start()
            return int(line["port"])
    raise NoServerError("--with-server: the server ended before it served; its log says why")


def _passed_on(process: "subprocess.Popen[str]") -> Iterator[dict[str, int | str]]:
    """Iterate over the lines of a server's log, each written on standard error."""
    for line in process.stderr or ():
        sys.stderr.write(line)
        try:
            event = json.loads(line)
        except ValueError:  # a line that is no event
            continue
        yield event
