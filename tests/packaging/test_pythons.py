"""The client on every Python that it declares."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from environments import Environment, need_index
from processes import running
from smoke import names_twice


def interpreter(version: str) -> str:
    """Return the program of a Python, of the path or of pyenv; skip the test where none is."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    found = (shutil.which(f"python{version}"), *pyenv.glob(f"{version}.*/bin/python"))
    for one in filter(None, found):
        if subprocess.run([one, "-c", ""], capture_output=True, check=False).returncode == 0:
            return str(one)
    pytest.skip(f"there is no Python {version}")


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_the_wheel_works_on_python(version: str, client_wheel: Path, tmp_path: Path) -> None:
    """It installs, both clients draw the names of a seed, and the program starts."""
    python = interpreter(version)
    need_index()
    environment = Environment.create(tmp_path / "environment", python)
    environment.install(f"{client_wheel}[cli]")
    with running() as server:
        blocking, awaiting = names_twice(environment, server.address)
    assert blocking == awaiting
    assert "Usage: " in environment.run("-m", "namesmith_client", "--help")
