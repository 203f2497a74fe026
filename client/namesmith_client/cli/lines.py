"""Names that are read: a line each, of UTF-8 text."""

from collections.abc import Iterator
from typing import BinaryIO

import click


def lines(file: BinaryIO, title: str) -> Iterator[str]:
    """The lines without their ends, CRLF too, and without a byte order mark.

    Args:
        file: where they are.
        title: what an error calls it.

    Raises:
        click.UsageError: a line is not UTF-8 text; the message says which.
    """
    for number, line in enumerate(file, 1):
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise click.UsageError(f"{title}: line {number} is not UTF-8 text") from error
        if number == 1:
            text = text.removeprefix("\ufeff")
        yield text.removesuffix("\n").removesuffix("\r")
