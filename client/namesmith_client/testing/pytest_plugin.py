"""Fixtures of pytest: a real server, a client of it, and a client without a server.

A suite asks for them in its conftest.py, and may override ``namesmith_server_options``:

    pytest_plugins = ["namesmith_client.testing.pytest_plugin"]
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from namesmith_client._client import Client
from namesmith_client.testing._fake_clients import FakeClient

COMMAND = "namesmith-server"
"""The command that starts a server."""

START_SECONDS = 120
"""Seconds after which a server that does not serve is given up."""

STOP_SECONDS = 20
"""Seconds after which a server that was asked to stop is killed."""

QUICK_STOP = ("--drain-delay-seconds", "0", "--grace-seconds", "1")
"""Options of a server that no balancer waits for."""


@pytest.fixture(scope="session")
def namesmith_server_options() -> Sequence[str]:
    """Provide further options of the server; a suite overrides it."""
    return ()


@pytest.fixture(scope="session")
def namesmith_server(namesmith_server_options: Sequence[str]) -> Iterator[str]:
    """Start a server on a free port of this machine, and provide its address, for the session."""
    environment = {key: value for key, value in os.environ.items() if key[:10] != "NAMESMITH_"}
    command = [_command(), "--address", "127.0.0.1:0", *QUICK_STOP, *namesmith_server_options]
    with subprocess.Popen(  # noqa: S603 - the project's own command
        command, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield f"127.0.0.1:{_port(process)}"
        finally:
            process.terminate()
            _until_ended(process)


@pytest.fixture
def namesmith_client(namesmith_server: str) -> Iterator[Client]:
    """Provide a client of the server."""
    with Client(namesmith_server) as client:
        yield client


@pytest.fixture
def namesmith_fake_client() -> Iterator[FakeClient]:
    """Provide a client that answers in memory."""
    with FakeClient() as client:
        yield client


def _command() -> str:
    """Return the path of the command, beside this interpreter or on the path."""
    folders = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which(COMMAND, path=folders)
    if found is None:
        pytest.fail(f"{COMMAND} is not installed: pip install 'namesmith[server]'", pytrace=False)
    return found


def _port(process: "subprocess.Popen[str]") -> int:
    """Return the port of a server, once it serves."""
    assert process.stderr is not None  # noqa: S101 - it is a pipe
    too_late = threading.Timer(START_SECONDS, process.kill)
    too_late.start()
    lines = []
    try:
        for line in process.stderr:
            lines.append(line)
            event = json.loads(line) if line.startswith("{") else {}
            if event.get("event") == "serving":
                return int(event["port"])
    finally:
        too_late.cancel()
    told = "".join(lines[-5:])
    return pytest.fail(f"{COMMAND} ended before it served:\n{told}", pytrace=False)


def _until_ended(process: "subprocess.Popen[str]") -> None:
    """Wait until a process has ended, and kill it where it takes too long."""
    too_late = threading.Timer(STOP_SECONDS, process.kill)
    too_late.start()
    process.communicate()
    too_late.cancel()
