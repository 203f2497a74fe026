"""Fault 10: the trainer is killed at any step of a publication."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "publisher_of_steps.py"


def test_fault_10_a_publisher_killed_at_any_step_shows_whole_versions_only(tmp_path: Path) -> None:
    """SIGKILL at every open, mkdir, fsync, rename and removal; the next publisher cleans up."""
    command = [sys.executable, PROGRAM, "kill", tmp_path / "models"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert ended.returncode == 0, ended.stderr
    *killed, last = ended.stdout.splitlines()
    assert len(killed) >= 12
    assert last == f"done {len(killed) + 1}"
