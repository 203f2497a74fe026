"""Names that are read: a line each, of UTF-8 text."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import BinaryIO

import click

PLACE = re.compile(r"\bnames\[(\d+)\]")
"""How an error tells which of the names it means."""


def lines(file: BinaryIO) -> Iterator[str]:
    """The lines without their ends, CRLF too, and without a byte order mark.

    Raises:
        click.UsageError: a line is not UTF-8 text; the message says which of what file.
    """
    title = _title(file)
    for number, line in enumerate(file, 1):
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise click.UsageError(f"{title}: line {number} is not UTF-8 text") from error
        if number == 1:
            text = text.removeprefix("\ufeff")
        yield text.removesuffix("\n").removesuffix("\r")


class NameLines:
    """The names of a file as the trainer reads them, once.

    Blanks around a name are no part of it; blank lines are no names.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._blank = array("Q")  # of each blank line, how many names stand before it

    def __iter__(self) -> Iterator[str]:
        count = 0
        for line in lines(self._file):
            name = line.strip()
            if name:
                count += 1
                yield name
            else:
                self._blank.append(count)

    def placed(self, message: str) -> str:
        """The message of an error with the file's line in the place of a name's number."""
        return PLACE.sub(lambda found: self._place(int(found[1])), message)

    def _place(self, number: int) -> str:
        return f"{_title(self._file)}: line {number + 1 + bisect_right(self._blank, number)}"


def _title(file: BinaryIO) -> str:
    return "standard input" if file.name == "<stdin>" else file.name
