"""The clients of other languages in ``examples/``, made by their own tools, on a real server."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from processes import running

ROOT = Path(__file__).parents[2]

DEBIAN_GO = Path("/usr/share/gocode/src/google.golang.org/grpc")
"""Folder of Debian's golang-google-grpc-dev."""

EXPECTED = (
    "names: frynley iyon eyren yak mataiylandre seed: 42",
    "constrained: kalea kaya kalia",
    "streamed: 20000",
    "count: 0 is not in [1, 100000]",
)
"""Parts of what every example prints."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Start a server process on the embedded bundle, and give its address."""
    with running() as server:
        yield server.address


def output(command: Sequence[str | Path], folder: Path) -> str:
    """Run a program that must end well, and return what it prints."""
    ended = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=280, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.slow
def test_a_node_client_needs_the_proto_files_alone(address: str, tmp_path: Path) -> None:
    """The packages come by npm; seeds and counts keep their 64 bits."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    example = shutil.copytree(ROOT / "examples/node", tmp_path / "examples/node")
    (tmp_path / "proto").symlink_to(ROOT / "proto")
    command = ("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts")
    installed = subprocess.run(command, cwd=example, capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"npm installs nothing here: {installed.stderr[-200:]}")
    printed = output(["node", "generate.js", address], example)
    assert [part for part in EXPECTED if part not in printed] == []
    assert "refused: INVALID_ARGUMENT" in printed


@pytest.mark.slow
def test_a_go_client_is_compiled_from_the_contract(address: str, tmp_path: Path) -> None:
    """The generated package has the import path of ``go_package``; details name the field."""
    if shutil.which("go") is None or not DEBIAN_GO.is_dir():
        pytest.skip("golang-go and golang-google-grpc-dev are not installed")
    output(["sh", ROOT / "examples/go/build.sh", tmp_path], tmp_path)
    printed = output([tmp_path / "generate", address], tmp_path)
    assert [part for part in EXPECTED if part not in printed] == []
    assert "refused: InvalidArgument" in printed
    assert "field: count" in printed
