"""The client at both ends of the ranges that it asks for."""

import os
import shlex
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from environments import Environment, need_index
from processes import SERVER, running
from smoke import names_twice
from wheels import ROOT

TESTS = (
    "cli/test_evaluate.py",
    "cli/test_exact_commands.py",
    "cli/test_exit_status.py",
    "cli/test_generate_and_score.py",
    "cli/test_models_and_health_commands.py",
    "cli/test_name_lines.py",
    "cli/test_on_a_terminal.py",
    "cli/test_reading_settings.py",
    "operations/test_exact_answers.py",
    "operations/test_sampling_and_scoring.py",
    "operations/test_server.py",
    "test_deadlines_and_closing.py",
    "test_errors.py",
    "test_name_batches.py",
    "test_name_stream.py",
    "test_retries.py",
    "test_settings.py",
    "test_tls.py",
    "test_tokens.py",
)
"""The tests of tests/client that need a server, and nothing of the server in their own process."""

TOOLS = ("h2", "hypothesis", "pytest", "pytest-asyncio", "pytest-timeout", "trustme")


def lowest() -> list[str]:
    """Return the requirements of the client, pinned to the lower ends of their ranges."""
    project = tomllib.loads((ROOT / "client" / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["cli"]]
    return [
        f"{need.name}=={end.version}"
        for need in map(Requirement, asked)
        for end in need.specifier
        if end.operator == ">="
    ]


def need_wheels() -> None:
    """Skip the test where the lowest versions have no wheels."""
    if sys.version_info >= (3, 14):
        pytest.skip("the lowest versions were released before Python 3.14")


@pytest.mark.slow
def test_both_clients_draw_names_at_the_lowest_end(client_wheel: Path, tmp_path: Path) -> None:
    """Nothing warns; the suite's own environment has the highest end."""
    need_wheels()
    need_index()
    environment = Environment.create(tmp_path / "environment")
    environment.install(f"{client_wheel}[cli]", *lowest())
    with running() as server:
        blocking, awaiting = names_twice(environment, server.address)
    assert blocking == awaiting
    assert "Usage: " in environment.run("-m", "namesmith_client", "--help")


@pytest.mark.slow
@pytest.mark.parametrize("end", ["lowest", "highest"])
def test_the_client_works_at_an_end_of_its_ranges(
    end: str, client_wheel: Path, tmp_path: Path
) -> None:
    """Its own tests pass there, with a server that runs in the suite's environment."""
    need_index()
    if end == "lowest":
        need_wheels()
    environment = Environment.create(tmp_path / end)
    pins = lowest() if end == "lowest" else []
    environment.install(f"{client_wheel}[cli]", *pins, *TOOLS)
    give_server(environment)
    environment.run(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "--confcutdir", ".", *TESTS),
        cwd=ROOT / "tests" / "client",
    )


def give_server(environment: Environment) -> None:
    """Add a program to the environment that runs the suite's own server."""
    program = environment.programs / SERVER.name
    path = shlex.quote(os.environ.get("PYTHONPATH", ""))
    program.write_text(f'#!/bin/sh\nPYTHONPATH={path} exec {shlex.quote(str(SERVER))} "$@"\n')
    program.chmod(0o755)
