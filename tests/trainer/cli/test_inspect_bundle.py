"""Tests of ``inspect``, run as a person runs it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from namesmith_trainer.cli import main

TRAINER = Path(sys.executable).with_name("namesmith-trainer")
"""Program that a person runs."""

EMBEDDED = Path(__file__).parents[3] / "server/namesmith_server/models/us-names/1"
"""Bundle that ships with the server."""


def call(*arguments: str | Path) -> Result:
    """Run the command and return its output."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_inspect_finds_a_flipped_bit(tmp_path: Path) -> None:
    """A changed file is named in one line, with the exit status 1."""
    call("train", "--models", tmp_path, "--name", "m", "--steps", "1")
    path = tmp_path / "m" / "1" / "splits" / "val.txt"
    raw = bytearray(path.read_bytes())
    raw[10] ^= 1
    path.write_bytes(raw)
    result = call("inspect", tmp_path / "m" / "1")
    assert result.exit_code == 1
    assert (
        f"Error: {tmp_path / 'm' / '1'}: splits/val.txt: its SHA-256 is not the manifest's"
        in result.output
    )


def test_json_holds_the_manifest_of_the_file() -> None:
    """``--json`` prints one document: folder, manifest, and that every file was verified."""
    result = call("inspect", EMBEDDED, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "folder": str(EMBEDDED),
        "manifest": json.loads((EMBEDDED / "manifest.json").read_bytes()),
        "verified": True,
        "trusted": False,
    }


def test_inspect_dies_of_sigpipe_when_its_reader_has_left() -> None:
    """A pipe that its reader closes, as ``| head -1`` does, ends ``inspect`` without a message."""
    ours, theirs = os.pipe()
    os.close(ours)
    ended = subprocess.run(
        [TRAINER, "inspect", EMBEDDED], stdout=theirs, stderr=subprocess.PIPE, check=False
    )
    os.close(theirs)
    assert (ended.returncode, ended.stderr) == (-signal.SIGPIPE, b"")
