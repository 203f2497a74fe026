"""Names that are read: a line each, of UTF-8 text."""

from collections.abc import Iterator
from typing import BinaryIO

import click


def lines(file: BinaryIO) -> Iterator[str]:
    """The lines without their ends, CRLF too, and without a byte order mark.

    Raises:
        click.UsageError: a line is not UTF-8 text; the message says which of what file.
    """
    title = "standard input" if file.name == "<stdin>" else file.name
    for number, line in enumerate(file, 1):
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise click.UsageError(f"{title}: line {number} is not UTF-8 text") from error
        if number == 1:
            text = text.removeprefix("\ufeff")
        yield text.removesuffix("\n").removesuffix("\r")
