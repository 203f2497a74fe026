"""Fault 16: a signal stops the server before it serves."""

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from processes import SERVER

BOUND = 30.0
"""Seconds after which a process counts as hanging."""

RESOLUTION = timedelta(milliseconds=5)
"""Time that a signal may take to reach the process."""

STATUSES = {signal.SIGTERM: 0, signal.SIGINT: 130, signal.SIGQUIT: 0}
"""Exit status of a start that a signal ends."""

HANGING = """
import ctypes, logging, time
from namesmith_server.app.main import main
from namesmith_server.app.models import Controller

def start(*_, **__):
    logging.warning("hanging")
    {hang}

Controller.start = start
main()
"""
"""A server whose load hangs."""

HANGS = {"in-c": "ctypes.CDLL(None).sleep(600)", "in-python": "\n    while True: time.sleep(0.01)"}
"""Ways in which a load can hang, as statements."""

IMPORTING = """
import sys, time

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            sys.stderr.write("importing\\n")
            time.sleep(600)

sys.meta_path.insert(0, Slow())
from namesmith_server.app.main import main
main()
"""
"""A server for which the import of a module takes for ever."""


def start(program: str, *options: str | Path) -> "subprocess.Popen[str]":
    """Start a server that is a program in Python."""
    command = (sys.executable, "-c", program, "--address", "127.0.0.1:0", *options)
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def end(process: "subprocess.Popen[str]", number: signal.Signals) -> tuple[int, list[str]]:
    """Send a signal; return the exit status and the lines that follow on standard error."""
    try:
        process.send_signal(number)
        _, written = process.communicate(timeout=BOUND)
    finally:
        process.kill()
    return process.returncode, written.splitlines()


def check_line(lines: list[str], number: signal.Signals) -> None:
    """Check that one line says that the signal has ended the start."""
    (line,) = lines
    told = json.loads(line)
    assert (told["event"], told["signal"]) == ("stopped before serving", number.name)


@pytest.mark.parametrize("number", STATUSES, ids=lambda one: one.name)
@pytest.mark.parametrize("hang", HANGS.values(), ids=HANGS)
def test_fault_16_a_load_that_hangs_ends_at_a_signal(hang: str, number: signal.Signals) -> None:
    """A signal while a load hangs ends the process with its status and one line."""
    process = start(HANGING.format(hang=hang))
    assert process.stderr is not None
    assert json.loads(process.stderr.readline())["event"] == "hanging"
    status, lines = end(process, number)
    assert status == STATUSES[number]
    check_line(lines, number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
@pytest.mark.parametrize("module", ["click", "namesmith_server.app.errors", "numpy", "grpc"])
def test_fault_16_imports_end_at_a_signal(module: str, number: signal.Signals) -> None:
    """A signal while any module is imported ends the process with its status and one line."""
    process = start(IMPORTING.format(module=module))
    assert process.stderr is not None
    assert process.stderr.readline() == "importing\n"
    status, lines = end(process, number)
    assert status == STATUSES[number]
    check_line(lines, number)


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_fault_16_every_moment_of_a_start_ends_at_a_signal(options: tuple[str, ...]) -> None:
    """SIGTERM after any time since Python runs exits with 0; nothing serves after the signal."""
    for step in range(30):
        command = (SERVER, "--address", "127.0.0.1:0", *options)
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        while not handles(process.pid, signal.SIGTERM):
            time.sleep(0.001)
        time.sleep(step * 0.03)
        signalled = datetime.now(UTC)
        status, lines = end(process, signal.SIGTERM)
        assert status == 0, lines
        events = [json.loads(line) for line in lines]  # there is no traceback
        serving = [one["timestamp"] for one in events if one["event"] == "serving"]
        assert all(datetime.fromisoformat(moment) < signalled + RESOLUTION for moment in serving)


def handles(pid: int, number: signal.Signals) -> bool:
    """Tell whether a process has a handler for a signal."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (caught,) = (line.split()[1] for line in lines if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (number - 1) & 1)
