"""Recognises the columns of a text by its first lines.

Commas, semicolons and bars may also stand in names. They make columns only where nearly all lines
have the same number of them, and where a column is asked for, there are headings or counts, or no
blank follows, as one does in "Smith, John". Tabs stand in no name.
"""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from namesmith.bundle import MAX_COUNT
from namesmith_trainer.data.table import COUNT_HEADINGS, DELIMITERS, NAME_HEADINGS, Table

SAMPLE = 1_000
"""Number of lines, blank ones apart, by which the columns of a text are recognised."""

MOST = 0.9
"""Share of these lines that have the same columns, and counts in a column of counts."""

Rows = Sequence[Sequence[str]]
"""Cells of lines, without blanks around them."""


def recognise(text: str, column: str | None) -> Table:
    """Return the columns of a text.

    Args:
        text: text whose lines end in LF.
        column: heading or number of a column that is asked for, or None.
    """
    lines = list(islice((line for line in io.StringIO(text) if line.strip()), SAMPLE))
    for delimiter in DELIMITERS:
        cells = _cells(lines, delimiter)
        width, times = Counter(map(len, cells)).most_common(1)[0] if cells else (0, 0)
        if width > 1 and times >= MOST * len(cells):
            same = [row for row in cells if len(row) == width]
            if sum(any(map(str.strip, one)) for one in zip(*same, strict=True)) < 2:
                continue  # the marks stand at the ends of lines alone
            table = _table(delimiter, [[cell.strip() for cell in row] for row in same], column)
            if column or delimiter == "\t" or table.headings or table.counts or _is_dense(same):
                return table
    if lines and all(line.strip()[0] == line.strip()[-1] == '"' for line in lines):
        return _table(",", [row[:1] for row in _cells(lines, ",")], column)
    return _table("", [[line.strip()] for line in lines], column)


def is_count(cell: str) -> bool:
    """Return whether a cell holds a whole number that may be a count, from 0 to ``MAX_COUNT``."""
    return (
        cell.isascii()
        and cell.isdecimal()
        and len(cell) <= len(str(MAX_COUNT))
        and int(cell) <= MAX_COUNT
    )


def _table(delimiter: str, rows: Rows, column: str | None) -> Table:
    """Return the table of rows that have the same number of columns."""
    if not rows:
        return Table(delimiter, width=1)
    first, *rest = rows
    width = len(first)
    below = rest or [first]
    counts = tuple(i for i in range(width) if width > 1 and _share_of_counts(below, i) >= MOST)
    heads = [cell.lower() for cell in first]
    has_headings = (
        not NAME_HEADINGS.isdisjoint(heads)
        or (column is not None and column.lower() in heads)
        or any(heads[i] in COUNT_HEADINGS or not heads[i].isdecimal() for i in counts)
    )
    example = delimiter.join(below[0] if has_headings else first)
    return Table(delimiter, width, tuple(first) if has_headings else (), counts, example)


def _share_of_counts(rows: Rows, index: int) -> float:
    """Return the share of rows whose cell is a whole number."""
    return sum(is_count(row[index]) for row in rows) / len(rows)


def _is_dense(cells: Rows) -> bool:
    """Return whether several lines have columns, and no cell begins or ends with a blank."""
    return len(cells) > 1 and all(
        cell.strip() == cell.rstrip("\n") for row in cells for cell in row
    )


def _cells(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Return the cells of lines; none where quotation marks do not allow for any."""
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return []
