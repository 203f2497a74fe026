"""``Listing``: the names that a text holds."""

import re
from dataclasses import dataclass

from namesmith.limits import MAX_TEXT_CHARACTERS
from namesmith_trainer.data.entries import entries
from namesmith_trainer.data.errors import DataError
from namesmith_trainer.data.faults import Faults, fault_of, refused_characters
from namesmith_trainer.data.recognition import recognise
from namesmith_trainer.data.table import Table

SEPARATOR = re.compile(r'\A"?sep=[,;|\t]"?(?=\n|\Z)', re.IGNORECASE)
"""Pattern of the first line that says which character stands between columns."""


@dataclass(frozen=True)
class Listing:
    """The names of a text, in its order.

    Attributes:
        names: the names, at least one.
        counts: count of each name, >= 1, where counts were asked for; else None.
        column: column of the names in a table, by its heading or its number from 1; empty for one
            name a line.
        skipped: number of lines that were left out.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...] | None
    column: str
    skipped: int

    @classmethod
    def of(cls, text: str, *, column: str | None, weights: bool, skip_invalid: bool) -> "Listing":
        """Read the names of a text whose lines end in LF; the arguments are ``Names.read``'s.

        Raises:
            DataError: as ``Names.read`` says; the message does not name the source.
        """
        # The line by which Excel is told the delimiter; the numbers of lines stay.
        text = SEPARATOR.sub("", text)
        table, refused = recognise(text, column), refused_characters(text)
        if table.headings and not table.example:
            raise DataError("holds no names: there are none below its heading")
        _check_single(table, text, column)
        at = table.column_of_names(column, weights=weights)
        counts_at = table.column_of_counts(at) if weights else None
        if not _column(table, at) and refused <= {"\n"} and (plain := _plain(text)):
            return cls(plain, None, column="", skipped=0)
        names: list[str] = []
        counts: list[int] = []
        faults = Faults()
        for line, name, count, broken in entries(text, table, at, counts_at):
            fault = broken or fault_of(name, refused)
            if fault:
                faults.add(line, fault)
                continue
            names.append(name)
            if weights:
                counts.append(count)
        if faults.number and not skip_invalid:
            raise DataError(str(faults))
        if not names:
            raise DataError(f"holds no names: {_emptiness(text, faults)}")
        kept = tuple(counts) if weights else None
        return cls(tuple(names), kept, _column(table, at), faults.number)


def _check_single(table: Table, text: str, column: str | None) -> None:
    """Refuse a text of one line that holds several names; a column that is asked for is read.

    Raises:
        DataError: marks stand between several parts of the only line.
    """
    line = text.strip()
    if column or table.delimiter or "\n" in line:
        return
    for mark, marks in {",": "commas", ";": "semicolons", "|": "bars"}.items():
        if (times := line.count(mark)) > 1:
            raise DataError(
                f"is one line with {times:,} {marks}: write a name a line, as `tr '{mark}' '\\n'`"
                " does"
            )


def _plain(text: str) -> tuple[str, ...] | None:
    """Return the names of a text that is one name a line; None where a name is too long.

    The text holds no character that is refused: millions of lines need no look at each.
    """
    names = tuple(filter(None, map(str.strip, text.split("\n"))))
    return names if max(map(len, names), default=0) <= MAX_TEXT_CHARACTERS else None


def _emptiness(text: str, faults: Faults) -> str:
    """Return the reason why a text holds no names."""
    if faults.number:
        return "no line can be taken"
    if text and not text.isspace():
        return "there are none below its heading"
    return "all lines are blank" if text else "it is empty"


def _column(table: Table, index: int) -> str:
    """Return the name of a table's column; empty for one name a line."""
    return table.shown(index) if table.delimiter or table.headings else ""
