"""Ctrl-C while a program imports what it needs."""

import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
"""The checkout."""

PROGRAMS = {
    name: entry_point
    for project in ("pyproject.toml", "client/pyproject.toml")
    for name, entry_point in tomllib.loads((ROOT / project).read_text(encoding="utf-8"))["project"][
        "scripts"
    ].items()
}
"""Module and function of each program, by its name."""

INTERRUPTED = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from {entry} import {function}
sys.exit({function}())
"""
"""A program as its script starts it, which is interrupted as it imports a module."""


@pytest.mark.parametrize(
    ("program", "module", "status"),
    [
        ("namesmith", "grpc", -signal.SIGINT),
        ("namesmith", "click", -signal.SIGINT),
        ("namesmith-server", "click", 130),
        ("namesmith-server", "grpc", 130),
        ("namesmith-trainer", "click", 130),
        ("namesmith-trainer", "torch", 130),
        ("namesmith-web", "click", -signal.SIGINT),
        ("namesmith-web", "grpc", -signal.SIGINT),
        ("namesmith-web", "uvicorn", -signal.SIGINT),
    ],
)
def test_ctrl_c_during_the_imports_shows_no_traceback(
    program: str, module: str, status: int
) -> None:
    """A program ends by the signal or with 130, and writes one line of its own at most."""
    entry, function = PROGRAMS[program].split(":")
    source = INTERRUPTED.format(module=module, entry=entry, function=function)
    arguments = ("train", "--help") if module == "torch" else ()
    command = [sys.executable, "-c", source, *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (status, "")
    assert ended.stderr.count("\n") <= (program == "namesmith-server")
