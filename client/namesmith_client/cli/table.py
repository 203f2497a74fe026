"""Tables for people, as wide as their terminal."""

from collections.abc import Sequence
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

BORDER = 3
"""Number of characters between the texts of two columns."""


def show_table(columns: Sequence[str], rows: Sequence[Sequence[object]], caption: str = "") -> None:
    """Print rows as a table, or one value a line where the terminal is too narrow for a table.

    Args:
        columns: headings of the table; a column of empty texts alone is left out.
        rows: rows with a value for each column; numbers are rounded.
        caption: line below the table.
    """
    console = Console(highlight=False)
    filled = [i for i in range(len(columns)) if not rows or any(row[i] != "" for row in rows)]
    columns = [columns[i] for i in filled]
    rows = [[row[i] for i in filled] for row in rows]
    texts = [[_rounded(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *texts, strict=True)]
    if len(columns) > 2 and sum(widths) + BORDER * len(widths) + 1 > console.width:
        _show_records(console, columns, texts)
    else:
        # A name is no markup.
        console.print(_table(columns, rows))
    if caption:
        console.print(Text(caption, style="dim"))


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    table = Table()
    for i, heading in enumerate(columns):
        is_text = not rows or isinstance(rows[0][i], str)
        justify: Literal["left", "right"] = "left" if is_text else "right"
        table.add_column(heading, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_rounded(value)) for value in row))
    return table


def _show_records(console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print each value behind its heading, on a line of its own."""
    width = max(map(len, columns))
    for i, row in enumerate(rows):
        if i:
            console.print()
        for heading, value in zip(columns, row, strict=True):
            console.print(Text(f"{heading:{width}}  ", style="bold") + Text(value))


def _rounded(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, float):
        return str(value)
    return f"{value:.4f}" if 1 <= abs(value) < 1e6 else f"{value:.6g}"
