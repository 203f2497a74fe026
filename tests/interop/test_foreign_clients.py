"""Clients of others call the server: Triton's and KServe's, as their index has them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from processes import running

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent

PROGRAMS = sorted((HERE / "programs").glob("*.py"))

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
"""Environment without this project: its packages are not to be there beside the clients'."""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide the interpreter of an environment with the clients, and without this project."""
    folder = tmp_path_factory.mktemp("clients")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, env=ENVIRONMENT)
    pip = (folder / "bin" / "pip", "install", "--quiet", "--requirement", HERE / "requirements.txt")
    installed = subprocess.run(pip, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if installed.returncode:
        pytest.skip(f"the clients cannot be installed: {installed.stderr.splitlines()[-1]}")
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Provide the address of a server."""
    with running() as server:
        yield server.address


@pytest.mark.parametrize("program", PROGRAMS, ids=[program.stem for program in PROGRAMS])
@pytest.mark.timeout(600)  # the first one waits for the environment
def test_a_foreign_client_is_answered(python: Path, address: str, program: Path) -> None:
    """The program ends without an error."""
    ended = subprocess.run(
        (python, program, address),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=ENVIRONMENT,
    )
    assert ended.returncode == 0, ended.stderr
