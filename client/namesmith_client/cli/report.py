"""The output of a command: JSON, plain lines on a pipe, a table on a terminal."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import click

MAX_TABLE_ROWS = 1_000
"""Number of rows of the longest table; more rows are printed as lines, on a terminal too."""

json_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object."
)


@dataclass(frozen=True)
class Report:
    """The result of a command, for programs and for people.

    Attributes:
        data: the object that ``--json`` prints.
        columns: headings of the table.
        rows: rows with a value for each column; numbers are printed in full on a pipe and rounded
            in the table.
        caption: line below the table.
    """

    data: Mapping[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    caption: str = ""

    def show(self, *, as_json: bool) -> None:
        """Print the result on standard output."""
        if as_json:
            click.echo(json.dumps(self.data))
        elif sys.stdout.isatty() and len(self.rows) <= MAX_TABLE_ROWS:
            self._table()
        else:
            click.echo("".join("\t".join(map(str, row)) + "\n" for row in self.rows), nl=False)

    def _table(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - needed on a terminal alone
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415 - a name is no markup

        table = Table()
        for heading, value in zip(self.columns, self.rows[0] if self.rows else (), strict=False):
            justify: Literal["left", "right"] = "left" if isinstance(value, str) else "right"
            table.add_column(heading, justify=justify, overflow="fold")
        for row in self.rows:
            table.add_row(*(Text(_rounded(value)) for value in row))
        console = Console()
        console.print(table)
        if self.caption:
            console.print(Text(self.caption, style="dim"))


def _rounded(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4f}" if 1 <= abs(value) < 1e6 else f"{value:.6g}"
