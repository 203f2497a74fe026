"""The stories of ``examples/stories`` run, and print what their README shows."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from processes import running

ROOT = Path(__file__).parents[2]

STORIES = ROOT / "examples" / "stories"

SHOWN = re.compile(
    r"^\$ ((?:python|sh) examples/stories/\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE
)
"""A command of the README with its output."""

OUTPUT = dict(SHOWN.findall((STORIES / "README.md").read_text("utf-8")))
"""The output of each command."""

SLOW = {"npcs.py", "junk.py"}
"""Stories of more than three seconds: one trains a model, one finds its distribution."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Start a server process on the embedded bundle, and give its address."""
    with running() as server:
        yield server.address


def test_every_story_is_told() -> None:
    """The README shows each program of the folder, each short enough to read."""
    programs = {path.name: path for path in STORIES.iterdir() if path.suffix in {".py", ".sh"}}
    assert {Path(command.split()[1]).name for command in OUTPUT} == programs.keys()
    for path in programs.values():
        assert 15 <= len(path.read_text("utf-8").splitlines()) <= 70


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(one, marks=[pytest.mark.slow] * (Path(one).name in SLOW), id=Path(one).name)
        for one in OUTPUT
    ],
)
def test_a_story_prints_what_its_readme_shows(address: str, command: str) -> None:
    """The program ends well, and prints the lines of the README, all of them."""
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    told = subprocess.run(
        shlex.split(command),
        cwd=ROOT,
        env={**os.environ, "PATH": paths, "NAMESMITH_ADDRESS": address},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert told.stdout == OUTPUT[command]
