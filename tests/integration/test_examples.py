"""The programs in ``examples/`` run as a newcomer runs them, and print what they promise."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from processes import running

EXAMPLES = Path(__file__).parents[2] / "examples"

FIRST_NAMES = ("frynley", "iyon", "eyren", "yak", "mataiylandre")
"""The first names of seed 42 on the embedded model."""

OUTPUT = {
    "generate.py": (*FIRST_NAMES, "'anna': -6.546443983912468", "refused: model 'no-such-model'"),
    "stream_async.py": (
        "most frequent lengths: [(5, 18124), (4, 18050), (6, 15060)]",
        "first that ends with a: ma",
        "side by side: ['mikhiana', 'fyih', 'jaistialileia']",
    ),
    "constraints.py": (
        "drawn: ('ka",
        "probability: 0.00281, names: 36454",
        "most probable: ('kara', 'kala', 'kata')",
        "refused: no name satisfies the constraint",
    ),
    "in_process.py": FIRST_NAMES,
    "tested.py": ("Hello, Ma", "Hello, you!", "['"),
}
"""Parts of the output of each example."""

WITHOUT_SERVER = {"in_process.py", "tested.py"}
"""Examples that take no address."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Start a server process on the embedded bundle, and give its address."""
    with running() as server:
        yield server.address


def test_every_example_is_run() -> None:
    """The folder holds the programs that are tested here, each short enough to read."""
    programs = {path.name: path for path in EXAMPLES.glob("*.py")}
    assert programs.keys() == OUTPUT.keys()
    for path in programs.values():
        assert 15 <= len(path.read_text("utf-8").splitlines()) <= 40


@pytest.mark.parametrize("example", OUTPUT)
def test_an_example_prints_its_output(address: str, example: str) -> None:
    """The program ends well, silent on standard error."""
    arguments = [] if example in WITHOUT_SERVER else [address]
    result = subprocess.run(
        [sys.executable, EXAMPLES / example, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert [part for part in OUTPUT[example] if part not in result.stdout] == []
