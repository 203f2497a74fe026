"""Tests of the group of the trainer's commands."""

import subprocess
import sys
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

from namesmith_trainer.cli import main


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_no_torch(option: str) -> None:
    """They answer at once: torch alone takes seconds to import."""
    code = (
        "import sys; sys.modules['torch'] = None; from namesmith_trainer.main import main; main()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, option], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_each_command_is_told_as_its_own_help_begins() -> None:
    """Every place holds a command whose help begins with the group's line about it."""
    shown = " ".join(CliRunner().invoke(main, ["--help"]).output.split())
    for name, place in main.places.items():
        command = getattr(import_module(place.module), place.attribute)
        assert isinstance(command, click.Command)
        assert command.name == name
        assert " ".join((command.help or "").split()).startswith(place.text.rstrip("."))
        assert f"{name} {place.text}" in shown
