"""Reads the entries of a text: each line's name and count, or the reason why it has none."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from namesmith.bundle import MAX_COUNT
from namesmith_trainer.data.errors import DataError
from namesmith_trainer.data.recognition import is_count
from namesmith_trainer.data.table import Table
from namesmith_trainer.words import counted


class Entry(NamedTuple):
    """A line that is not blank and is no heading.

    Attributes:
        line: number of the line, from 1.
        name: name, without blanks around it.
        times: count of the name; 1 where no counts are read.
        fault: reason why the line has no name or no count; None for a line that has both.
    """

    line: int
    name: str
    times: int = 1
    fault: str | None = None


def entries(text: str, table: Table, names: int, counts: int | None) -> Iterator[Entry]:
    """Yield the entries of a text.

    Args:
        text: text whose lines end in LF.
        table: columns of the text.
        names: index of the column of names.
        counts: index of the column of counts; None for a count of 1 each.

    Raises:
        DataError: quotation marks do not enclose cells.
    """
    rows = _rows(text, table.delimiter)
    if table.headings:
        next(rows)
    for line, row in rows:
        if len(row) != table.width:
            columns = counted(len(row), "column")
            yield Entry(line, "", fault=f"{columns}, where other lines have {table.width}")
        elif not (name := row[names].strip()):
            yield Entry(line, name, fault="the name is empty")
        elif counts is None:
            yield Entry(line, name)
        else:
            yield _with_count(line, name, row[counts].strip())


def _with_count(line: int, name: str, count: str) -> Entry:
    if is_count(count) and int(count) > 0:
        return Entry(line, name, int(count))
    fault = f"the count {count[:40]!r} is not a whole number from 1 to {MAX_COUNT:,}"
    return Entry(line, name, fault=fault)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the number and the cells of each line that is not blank."""
    if not delimiter:
        for number, line in enumerate(text.split("\n"), start=1):
            if line and not line.isspace():
                yield number, (line,)
        return
    reader, before = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True), 0
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield before + 1, row
            before = reader.line_num
    except csv.Error as error:
        raise DataError(
            f"line {before + 1}: a quotation mark neither opens nor closes a cell; double it inside"
            " a quoted cell"
        ) from error
