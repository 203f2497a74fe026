"""Wheels and sdists, built without an index by the suite's own hatchling."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def build(kind: str, project: Path, compiler: str = "cc") -> Path:
    """Build a ``wheel`` or an ``sdist`` of a project; return the file."""
    out = project / f"dist-{kind}-{compiler}"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", out],
        cwd=project,
        env={**os.environ, "CC": compiler},
        check=True,
        capture_output=True,
    )
    (built,) = out.iterdir()
    return built
