"""The rows of a benchmark: each keeps a figure beside the figure of its floor or rival."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One line of a benchmark's table.

    Attributes:
        what: description of the measured work.
        figure: median of the rounds.
        unit: unit of both figures.
        beside: name of the floor or rival that ran in the same rounds; empty: no rival ran.
        rival: median of the rival's rounds; None without a rival.
        ratio: median over the rounds of our figure divided by the rival's; None without a rival.
        target: bound of the ratio, or of the figure where there is no rival, such as ">= 0.85";
            empty: no bound.
    """

    what: str
    figure: float
    unit: str
    beside: str = ""
    rival: float | None = None
    ratio: float | None = None
    target: str = ""

    @property
    def met(self) -> bool | None:
        """True if the target was met; None without a target."""
        if not self.target:
            return None
        relation, bound = self.target.split()
        value = self.figure if self.ratio is None else self.ratio
        return value >= float(bound) if relation == ">=" else value <= float(bound)


def compared(  # noqa: PLR0913, PLR0917 - one line of the table
    what: str, unit: str, ours: list[float], beside: str, theirs: list[float], target: str = ""
) -> Row:
    """Return the row of rounds in which the server and its rival took turns."""
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    return Row(what, median(ours), unit, beside, median(theirs), ratio, target)


def show(title: str, rows: list[Row]) -> None:
    """Print the rows as a table."""
    table = Table(title=title, title_justify="left")
    for column in ("what", "figure", "unit", "beside", "its figure", "ratio", "target", ""):
        table.add_column(column, justify="right" if "figure" in column else "left")
    for row in rows:
        table.add_row(
            row.what,
            _shown(row.figure),
            row.unit,
            row.beside,
            _shown(row.rival),
            _shown(row.ratio),
            row.target,
            {True: "met", False: "MISSED", None: ""}[row.met],
        )
    Console(width=160).print(table)


def write(path: Path, sections: dict[str, list[Row]]) -> None:
    """Write every section as JSON, with the time and the machine of the measurement."""
    told = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processor": _processor(), "cores": os.cpu_count()},
        "python": platform.python_version(),
        "sections": {
            title: [{**asdict(row), "met": row.met} for row in rows]
            for title, rows in sections.items()
        },
    }
    path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
