"""Models in the program's own process: it leaves nothing behind, and tells no log."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

MODELS = Path(__file__).parents[3] / "server" / "namesmith_server" / "models"


def started(folder: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    """Start the program, whose temporary files are in a folder."""
    command = [sys.executable, "-m", "namesmith_client", "--offline", *arguments]
    variables = os.environ | {"TMPDIR": str(folder)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=variables)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGPIPE])
def test_a_program_that_is_ended_leaves_no_folder(tmp_path: Path, number: int) -> None:
    """Neither a signal nor a reader that leaves lets the folder of the socket stay."""
    with started(tmp_path, "generate", "--count", "900000000") as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        if number == signal.SIGPIPE:
            program.stdout.close()
        else:
            program.send_signal(number)
            program.stdout.read()
        assert program.stderr.read() == ""
        assert program.wait(60) == 128 + number
    assert list(tmp_path.iterdir()) == []


def test_strangers_among_the_bundles_are_passed_over_in_silence(tmp_path: Path) -> None:
    """Standard error is for errors of the command."""
    models = tmp_path / "models"
    shutil.copytree(MODELS / "us-names", models / "us-names")
    (models / "us-names" / "old").mkdir()
    (models / "README").touch()
    program = started(tmp_path, "--models-folder", models, "generate", "--seed", "1")
    names, told = program.communicate(timeout=60)
    assert names.strip()
    assert told == ""
