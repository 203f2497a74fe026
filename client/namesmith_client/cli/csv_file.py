"""A CSV file that is read row by row, and written again in its own dialect.

Kept are the delimiter, the ends of the lines, the byte order mark, and whether all cells are quoted
or the ones that need it, as the header shows. The values of cells are kept to the character.
"""

import csv
import io
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, Literal

import click

from namesmith.quoting import shown

MAX_CELL = 16 << 20
"""Largest number of characters of a cell: a quote that is never closed must not fill the memory."""

BYTE_ORDER_MARK = "\ufeff"

Row = list[str]


class CsvFile:
    """A CSV file with a header, in UTF-8, on standard input.

    Attributes:
        header: cells of the header.
        line: number of the line that was read last.
        position: number of bytes that were read.
    """

    def __init__(self, file: BinaryIO, delimiter: str) -> None:
        """Read the header.

        Raises:
            click.ClickException: the file has no header, or a malformed one.
        """
        self._file, self._delimiter = file, delimiter
        self.line = self.position = 0
        self._text: list[str] = []
        self._mark = ""
        csv.field_size_limit(MAX_CELL)
        self._reader = csv.reader(self._lines(), delimiter=delimiter, strict=True)
        self.header = next(self._all_rows(), [])
        if not self.header:
            raise self.fault("holds no header", 1)
        text = "".join(self._text)
        self._end = "\r\n" if text.endswith("\r\n") else "\n"
        quoted = self._written([self.header], csv.QUOTE_ALL)
        is_quoted = text.rstrip("\r\n") == quoted.rstrip("\r\n")
        self._quoting: Literal[0, 1] = csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL

    @property
    def size(self) -> int:
        """Number of bytes of the file; 0 where it is no plain file, whose size is unknown."""
        try:
            found = os.fstat(self._file.fileno())
        except (OSError, io.UnsupportedOperation):
            return 0
        return found.st_size if stat.S_ISREG(found.st_mode) else 0

    def columns(self, names: Iterable[str]) -> list[int]:
        """Return the places of all columns of some names.

        Raises:
            click.UsageError: the header has no such column.
        """
        wanted = set(names)
        for name in sorted(wanted.difference(self.header)):
            there = ", ".join(map(shown, self.header))
            raise click.UsageError(f"--column {shown(name)}: the columns are {there}")
        return [place for place, name in enumerate(self.header) if name in wanted]

    def rows(self) -> Iterator[Row]:
        """Iterate over the rows behind the header; an empty line is a row without cells.

        Raises:
            click.ClickException: a line is no UTF-8 text or no CSV, or a row has not as many cells
                as the header, so that its cells may belong to other columns.
        """
        width = len(self.header)
        for row in self._all_rows():
            if row and len(row) != width:
                raise self.fault(f"has {len(row)} cells, the header has {width}")
            yield row

    def written(self, rows: Sequence[Row]) -> bytes:
        """Return rows as the file holds rows."""
        return self._written(rows, self._quoting).encode()

    def written_header(self) -> bytes:
        """Return the header as the file holds it, with its byte order mark."""
        return self._mark.encode() + self.written([self.header])

    def _all_rows(self) -> Iterator[Row]:
        try:
            for row in self._reader:
                yield row
                self._text.clear()
        except csv.Error as error:
            raise self.fault(f"is no CSV: {error}") from None

    def _lines(self) -> Iterator[str]:
        """Yield the lines with their ends; ``_text`` holds the ones of the row in work."""
        for line in self._file:
            self.line += 1
            self.position += len(line)
            try:
                text = line.decode()
            except UnicodeDecodeError:
                raise self.fault("is not UTF-8 text") from None
            if self.line == 1 and text.startswith(BYTE_ORDER_MARK):
                self._mark, text = BYTE_ORDER_MARK, text[1:]
            self._text.append(text)
            yield text

    def _written(self, rows: Sequence[Row], quoting: Literal[0, 1]) -> str:
        text = io.StringIO(newline="")
        writer = csv.writer(
            text, delimiter=self._delimiter, lineterminator=self._end, quoting=quoting
        )
        writer.writerows(rows)
        return text.getvalue()

    def fault(self, told: str, line: int = 0) -> click.ClickException:
        """Return the error of a line, by default of the one that was read last."""
        return click.ClickException(f"standard input: line {line or self.line} {told}")
