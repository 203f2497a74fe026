"""Names in a file or on standard input: UTF-8 text with one name on each line."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import click

from namesmith_client import InvalidArgumentError

NUMBERED_NAME = re.compile(r"\bnames\[(\d+)\]")
"""The words with which an error message of the server refers to one of the names."""


def _lines(file: BinaryIO) -> Iterator[str]:
    """Yield the lines of a file without their ends, LF or CRLF, and without a byte order mark.

    Raises:
        click.UsageError: a line is not UTF-8 text; the message names the file and the line.
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
    """The names of a file, read once and by the trainer's rules.

    Blanks around a name are no part of the name; blank lines are no names.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._blank = array("Q")  # number of names before each blank line

    def __iter__(self) -> Iterator[str]:
        count = 0
        for line in _lines(self._file):
            name = line.strip()
            if name:
                count += 1
                yield name
            else:
                self._blank.append(count)

    def with_lines(self, message: str) -> str:
        """Replace the index of a name in an error message by the name's file and line."""
        return NUMBERED_NAME.sub(lambda found: self._place(int(found[1])), message)

    def _place(self, number: int) -> str:
        return f"{_title(self._file)}: line {number + 1 + bisect_right(self._blank, number)}"


@contextmanager
def faults_by_line(names: NameLines | None) -> Iterator[None]:
    """Add the file and the line of a name to errors about the name, where ``names`` is not None.

    Raises:
        click.ClickException: the server, or the library, refuses an argument.
        InvalidArgumentError: the same refusal, where ``names`` is None.
    """
    try:
        yield
    except InvalidArgumentError as error:
        if names is None:
            raise
        raise click.ClickException(names.with_lines(str(error))) from error


def _title(file: BinaryIO) -> str:
    return "standard input" if file.name == "<stdin>" else file.name
