"""Recognises the columns of a text by its first lines.

Commas, semicolons and bars may also stand in names. They make columns only where nearly all lines
have the same number of them, and where a column is asked for, there are headings or counts, or no
blank follows, as one does in "Smith, John". Tabs stand in no name.
"""

import io
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice

from namesmith_trainer.data.cells import QUOTE, cells, is_count, is_number
from namesmith_trainer.data.headings import COUNT_HEADINGS, NAME_HEADINGS
from namesmith_trainer.data.table import DELIMITERS, Table

SAMPLE = 1_000
"""Number of lines, blank ones apart, by which the columns of a text are recognised."""

MOST = 0.9
"""Share of these lines that have the same columns, and counts in a column of counts."""

HALF = 0.5
"""Share of lines above which a table with a known heading may be ragged, or counts be wrong."""

Rows = Sequence[Sequence[str]]
"""Cells of lines, without blanks around them."""


def recognise(text: str, column: str | None) -> Table:
    """Return the columns of a text.

    Args:
        text: text whose lines end in LF.
        column: heading or number of a column that is asked for, or None.
    """
    source = islice((line for line in io.StringIO(text) if line.strip()), SAMPLE)
    lines = [line.rstrip("\n") for line in source]
    known = [mark for mark in DELIMITERS if lines and _has_headings(lines[0], mark, column)]
    tries = [(mark, True) for mark in known] + [(mark, False) for mark in DELIMITERS]
    for delimiter, is_known in tries:
        table = _columns(lines, delimiter, column, is_known=is_known)
        if table:
            return table
    inside = [line.strip()[0] == line.strip()[-1] == QUOTE for line in lines]
    if sum(inside) > MOST * len(lines):
        rows = [row for row in (cells(line, ",") for line in lines) if row]
        return _table(",", [[row[0].strip()] for row in rows], column)
    return _table("", [[line.strip()] for line in lines], column)


def _has_headings(line: str, delimiter: str, column: str | None) -> bool:
    """Return whether a line that is cut by a delimiter has several cells, one a known heading."""
    heads = [cell.strip().lower() for cell in cells(line, delimiter) or ()]
    return len(heads) > 1 and (
        not (NAME_HEADINGS | COUNT_HEADINGS).isdisjoint(heads)
        or (column is not None and column.lower() in heads)
    )


def _columns(
    lines: Sequence[str], delimiter: str, column: str | None, *, is_known: bool
) -> Table | None:
    """Return the table whose columns a delimiter cuts; None where it cuts none.

    Lines with faulty quotation marks are no reason against a table. The line of a known heading
    says the number of columns where at least half of the lines have it.
    """
    rows = [row for row in (cells(line, delimiter) for line in lines) if row is not None]
    if not rows or len(rows) < HALF * len(lines):
        return None
    widths = Counter(map(len, rows))
    width = len(rows[0]) if is_known else widths.most_common(1)[0][0]
    if width < 2 or widths[width] < (HALF if is_known else MOST) * len(rows):
        return None
    same = [row for row in rows if len(row) == width]
    if sum(any(map(str.strip, one)) for one in zip(*same, strict=True)) < 2:
        return None  # the marks stand at the ends of lines alone
    table = _table(delimiter, [[cell.strip() for cell in row] for row in same], column)
    is_sure = column or delimiter == "\t" or table.headings or table.counts
    return table if is_sure or _is_dense(same) else None


def _table(delimiter: str, rows: Rows, column: str | None) -> Table:
    """Return the table of rows that have the same number of columns."""
    if not rows:
        return Table(delimiter, width=1)
    first, *rest = rows
    width, heads = len(first), [cell.lower() for cell in first]
    below = rest or [first]
    numbers = [width > 1 and _share(below, i, is_number) > HALF for i in range(width)]
    named = not NAME_HEADINGS.isdisjoint(heads)
    counts = tuple(
        i
        for i in range(width)
        if width > 1
        and (
            _share(below, i, is_count) >= MOST
            or (heads[i] in COUNT_HEADINGS and (numbers[i] or named))
        )
    )
    has_headings = (
        named
        or (column is not None and column.lower() in heads)
        or any(heads[i] in COUNT_HEADINGS or not is_number(heads[i]) for i in counts)
    )
    return Table(
        delimiter,
        width,
        headings=tuple(first) if has_headings else (),
        counts=counts,
        numbers=tuple(i for i in range(width) if numbers[i] and i not in counts),
        example=tuple(first if not has_headings else rest[0] if rest else ()),
        may_have_headings=all(
            one and not is_number(one) and one not in {row[i] for row in rest}
            for i, one in enumerate(first)
        ),
    )


def _share(rows: Rows, index: int, kind: Callable[[str], bool]) -> float:
    """Return the share of rows whose cell is of a kind."""
    return sum(kind(row[index]) for row in rows) / len(rows)


def _is_dense(rows: Rows) -> bool:
    """Return whether several lines have columns, and no cell begins or ends with a blank."""
    return len(rows) > 1 and all(cell.strip() == cell for row in rows for cell in row)
