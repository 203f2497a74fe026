"""A figure beside its floor or rival: how it is kept, judged, printed and written."""

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
    """One line of the table.

    Attributes:
        what: that was measured.
        figure: median of the rounds.
        unit: of both figures.
        beside: what ran beside it; empty: nothing.
        rival: its median.
        ratio: figure over rival, median of the rounds' own ratios.
        target: what the ratio (or without a rival the figure) must be: ">= 0.85"; empty: none.
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
        """Whether the target was met; None without one."""
        if not self.target:
            return None
        relation, bound = self.target.split()
        value = self.figure if self.ratio is None else self.ratio
        return value >= float(bound) if relation == ">=" else value <= float(bound)


def compared(  # noqa: PLR0913, PLR0917 - one line of the table
    what: str, unit: str, ours: list[float], beside: str, theirs: list[float], target: str = ""
) -> Row:
    """Return the row of rounds in which the two took turns."""
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
    """Write every section as JSON, with the machine that it was measured on."""
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
