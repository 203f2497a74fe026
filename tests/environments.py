"""Virtual environments into which pip installs, and whether it has an index to install from."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

QUIET = ("--quiet", "--disable-pip-version-check")


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Attributes:
        folder: its folder.
    """

    folder: Path

    @classmethod
    def create(cls, folder: Path, python: str | Path = sys.executable) -> "Environment":
        """Create an environment of an interpreter."""
        subprocess.run([python, "-m", "venv", folder], check=True)
        return cls(folder)

    @property
    def programs(self) -> Path:
        """The folder of its programs."""
        return self.folder / "bin"

    def install(self, *requirements: str | Path) -> None:
        """Install requirements by pip."""
        self.run("-m", "pip", "install", *QUIET, *requirements)

    def resolve(self, *requirements: str) -> dict[str, str]:
        """Return the version of each distribution that pip would install for the requirements."""
        options = (*QUIET, "--dry-run", "--ignore-installed", "--report", "-")
        report: dict[str, Any] = json.loads(
            self.run("-m", "pip", "install", *options, *requirements)
        )
        found = (one["metadata"] for one in report["install"])
        return {one["name"].lower().replace("_", "-"): one["version"] for one in found}

    def run(self, *arguments: str | Path, cwd: Path | None = None) -> str:
        """Run Python, which sees nothing but the environment; return what it prints.

        Raises:
            AssertionError: its exit status is not 0; the message has its output.
        """
        command = [self.programs / "python", *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=cwd, env=alone(os.environ)
        )
        assert done.returncode == 0, f"{done.stdout[-8000:]}\n{done.stderr[-4000:]}"
        return done.stdout


def alone(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables without the one that shows an interpreter the checkout's packages."""
    return {name: value for name, value in variables.items() if name != "PYTHONPATH"}


@cache
def has_index() -> bool:
    """Return whether pip reaches a package index."""
    command = [sys.executable, "-m", "pip", "install", *QUIET, "--dry-run", "--no-deps"]
    asked = [*command, "--ignore-installed", "iniconfig"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def need_index() -> None:
    """Skip the test where pip reaches no index."""
    if not has_index():
        pytest.skip("pip reaches no package index")
