"""Fault 11: the disk is full while a bundle is published."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "publisher_of_steps.py"


@pytest.mark.parametrize(
    "kind", ["full", *(pytest.param(k, marks=pytest.mark.slow) for k in ("short", "kept"))]
)
def test_fault_11_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, kind: str) -> None:
    """At every open, mkdir, fsync and rename, and after any number of bytes of a file.

    The error names the folder of the model, no version that is not whole is seen, and no file is
    left behind, but a run that was in memory, whole or not at all.
    """
    models = tmp_path / "models"
    models.mkdir()
    command = [sys.executable, PROGRAM, kind, models]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert ended.returncode == 0, ended.stderr
    *full, last = ended.stdout.splitlines()
    assert len(full) >= 5
    assert last == f"done {len(full) + 1}"
