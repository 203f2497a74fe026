"""The table of faults (docs/faults.md) names the tests that hold them, and nothing else."""

import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "faults.md"

ROW = re.compile(r"^\| (?P<number>\d+)\. [^|]+ \| (?P<outcome>[^|]+) \| (?P<tests>.*) \|$")
"""A row of the table."""

FAULTS = 53
"""Number of faults."""

UNBUILT = "Not built: "
"""Beginning of the outcome of a fault that no test holds, before the reason."""


def rows() -> dict[int, re.Match[str]]:
    """Return the rows of the table by the number of the fault."""
    found = [row for line in TABLE.read_text().splitlines() if (row := ROW.match(line))]
    return {int(row["number"]): row for row in found}


def files() -> dict[int, set[str]]:
    """Return the ends of the names of the files that hold each fault, by its number."""
    held: dict[int, set[str]] = {}
    for path in HERE.glob("test_fault_*.py"):
        _, _, number, end = path.stem.split("_", 3)
        held.setdefault(int(number), set()).add(end)
    return held


def test_every_fault_stands_in_the_table_once_in_order() -> None:
    """Numbers 1 to 52."""
    numbers = [int(number) for number in re.findall(r"(?m)^\| (\d+)\. ", TABLE.read_text())]
    assert numbers == sorted(rows()) == list(range(1, FAULTS + 1))


def test_every_fault_has_tests_or_a_reason() -> None:
    """The table lists the files that hold a fault, or says that nothing is built yet."""
    held = files()
    for number, row in rows().items():
        assert set(re.findall(r"`(\w+)`", row["tests"])) == held.get(number, set()), row[0]
        assert (row["tests"] == "-") == row["outcome"].startswith(UNBUILT), row[0]


def test_every_test_is_named_by_its_fault() -> None:
    """A file of a fault holds tests of that fault alone, one at least."""
    for path in HERE.glob("test_fault_*.py"):
        prefix = "_".join(path.stem.split("_")[:3])
        tests = re.findall(r"(?m)^ *(?:async )?def (test_\w+)", path.read_text())
        assert tests, path.name
        assert all(test.startswith(f"{prefix}_") for test in tests), path.name
