"""Cuts a line into cells, as CSV does; a cell never goes on in the next line.

A quotation mark that neither opens nor closes a cell is a fault of its line alone, so that no line
can swallow those below it.
"""

import csv
import re
from collections.abc import Sequence

from namesmith.bundle import MAX_COUNT

QUOTE = '"'
"""Mark around a cell that holds the character between columns."""

BROKEN = (
    "a quotation mark neither opens nor closes a cell; double it inside a quoted cell, and end the"
    " cell in its line"
)
"""Fault of a line whose quotation marks do not enclose cells."""

NUMBER = re.compile(r"[-+]?[.,]?\d[\d.,_' \u00a0\u202f]*(?:[eE][-+]?\d{1,9})?", re.ASCII)
"""Pattern of a number of any kind."""

BETWEEN = str.maketrans("", "", ",._' \u00a0\u202f")
"""Marks that may stand between the digits of a large number, each brought to nothing."""


def cells(line: str, delimiter: str) -> Sequence[str] | None:
    """Return the cells of a line without its end; None where quotation marks enclose no cells.

    Args:
        line: line that is not empty.
        delimiter: character between two cells.
    """
    if QUOTE not in line:
        return line.split(delimiter)
    if line.count(QUOTE) % 2:
        return None
    try:
        return next(csv.reader((line,), delimiter=delimiter, strict=True))
    except csv.Error:
        return None


def is_count(cell: str) -> bool:
    """Return whether a cell holds a whole number that may be a count, from 0 to ``MAX_COUNT``."""
    return (
        cell.isascii()
        and cell.isdecimal()
        and len(cell) <= len(str(MAX_COUNT))
        and int(cell) <= MAX_COUNT
    )


def is_number(cell: str) -> bool:
    """Return whether a cell holds a number of any kind."""
    return NUMBER.fullmatch(cell) is not None


def fault_of_count(cell: str) -> str:
    """Return the reason why a cell holds no count."""
    shown, digits = repr(cell[:40]), cell.translate(BETWEEN)
    if re.fullmatch(r"\d{1,3}(?:[,._' \u00a0\u202f]\d{3})+", cell, re.ASCII) and is_count(digits):
        return f"the count {shown} has marks between its digits: write {digits}"
    return f"the count {shown} is not a whole number from 1 to {MAX_COUNT:,}"
