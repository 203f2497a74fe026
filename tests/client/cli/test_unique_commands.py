"""The commands of unique names, run by a script."""

import subprocess
import sys
from pathlib import Path

import pytest

from namesmith_client import Client, Constraint
from namesmith_client.cli.commands import unique

SECRET = b"a secret of tests"

COMMAND = (sys.executable, "-m", "namesmith_client")


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """Provide a file with the secret."""
    path = tmp_path / "secret"
    path.write_bytes(SECRET)
    return path


def run(
    server: str, command: str, *words: str | Path, given: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run a command."""
    return subprocess.run(
        [*COMMAND, "--address", server, command, *words],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_numbers_get_the_names_of_the_library_and_lead_back(
    server: str, client: Client, secret_file: Path
) -> None:
    """Names come a line each, and as input give their numbers; other lines give -1."""
    options = ("--secret-file", secret_file, "--capacity", "400", "--pattern", "m[a-z]{3}")
    named = run(server, "name-numbers", "100:400", *options)
    assert named.stderr == ""
    expected = client.name_numbers(
        range(100, 400), secret=SECRET, capacity=400, constraint=Constraint(pattern="m[a-z]{3}")
    )
    assert tuple(named.stdout.splitlines()) == expected.names
    found = run(server, "numbers-of-names", *options, given=f"{named.stdout}\nanna\n")
    assert found.stdout.split() == [*map(str, range(100, 400)), "-1"]


def test_many_numbers_are_asked_in_batches() -> None:
    """A batch is within the cost of a call at any length, and no number is lost between two."""
    batches = list(unique._batches(range(2 * unique.BATCH + 5)))
    assert [len(batch) for batch in batches] == [unique.BATCH, unique.BATCH, 5]
    assert [number for batch in batches for number in batch] == list(range(2 * unique.BATCH + 5))


@pytest.mark.parametrize("numbers", ["5", "5:5", "a:b", "-1:3", ":3"])
def test_a_range_that_is_none_is_refused(server: str, secret_file: Path, numbers: str) -> None:
    """The error says the form."""
    refused = run(server, "name-numbers", "--secret-file", secret_file, "--", numbers)
    assert refused.returncode == 2
    assert "is not FIRST:STOP with FIRST < STOP" in refused.stderr
