"""Reads the entries of a text: each line's name and count, or the reason why it has none."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from namesmith_trainer.data.cells import BROKEN, QUOTE, cells, fault_of_count, is_count
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
    """
    headings = table.headings
    for line, row in _rows(text, table.delimiter):
        if headings and row and tuple(map(str.strip, row)) == headings:
            headings = ()
        elif row is None:
            yield Entry(line, "", fault=BROKEN)
        elif len(row) != table.width:
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
    return Entry(line, name, fault=fault_of_count(count))


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, Sequence[str] | None]]:
    """Yield the number and the cells of each line that is not blank; None for broken ones."""
    blank = f"{delimiter}{QUOTE} \t" if delimiter else None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip(blank):
            yield number, cells(line, delimiter) if delimiter else (line,)
