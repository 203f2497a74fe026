"""A CSV file that is read row by row, and written again in its own dialect.

Kept are the delimiter, the byte order mark, and, as the header shows, the end of a row and whether
all cells are quoted or the ones that need it. The values of cells are kept to the character.
"""

import csv
import io
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import BinaryIO, Literal

import click

from namesmith.quoting import shown

MAX_ROW = 16 << 20
"""Largest number of bytes of a row: a quote that is never closed must not fill the memory."""

CRLF = "\r\n"

ENDS = "a line ends with LF or CRLF, not CR alone"

BYTE_ORDER_MARK = "\ufeff"

Row = list[str]


class _Echo:
    """A file that keeps nothing: ``writerow`` returns the row that it would have written."""

    @staticmethod
    def write(text: str) -> str:
        """Return the text."""
        return text


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
        self._row_begin = 0  # position of the row in work
        self._opened = 0  # line in which the cell in work begins, where it goes on in the next
        self._is_read = False
        self._mark = ""
        csv.field_size_limit(MAX_ROW)
        self._head: list[str] = []
        self._reader = csv.reader(self._lines(), delimiter=delimiter, strict=True)
        self.header: Row = next(self._all_rows(), [])
        if not self.header:
            raise self.fault("holds no header", 1)
        text = "".join(self._head)
        self._end = CRLF if text.endswith(CRLF) else "\n"
        quoted = self._written([self.header], csv.QUOTE_ALL)
        is_quoted = text.rstrip(CRLF) == quoted.rstrip(CRLF)
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
            click.ClickException: a line is no UTF-8 text or no CSV, a row is longer than
                ``MAX_ROW``, or has not as many cells as the header, so that its cells may belong to
                other columns.
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
                self._row_begin = self.position
                yield row
        except csv.Error as error:
            raise self._fault_of(error) from None

    def _lines(self) -> Iterator[str]:
        """Yield the lines with their ends."""
        for line in iter(partial(self._file.readline, MAX_ROW + 1), b""):
            begins_row = self.position == self._row_begin
            self.line += 1
            self.position += len(line)
            if self.position - self._row_begin > MAX_ROW:
                raise self._too_long(line, begins_row=begins_row)
            try:
                text = line.decode()
            except UnicodeDecodeError:
                raise self.fault("is not UTF-8 text") from None
            if self.line == 1 and text.startswith(BYTE_ORDER_MARK):
                self._mark, text = BYTE_ORDER_MARK, text[1:]
            # Within quotes two quotes are one of the cell, and any other ends the cell: if the row
            # does not end with this line, a cell begins in it that goes on.
            if begins_row or '"' in text.replace('""', ""):
                self._opened = self.line
            if not self._row_begin:
                self._head.append(text)
            yield text
        self._is_read = True

    def _written(self, rows: Sequence[Row], quoting: Literal[0, 1]) -> str:
        # Before Python 3.13 the writer quotes a CR or an LF only where it is of the line's end.
        writer = csv.writer(
            _Echo(), delimiter=self._delimiter, lineterminator=CRLF, quoting=quoting
        )
        return "".join(f"{writer.writerow(row).removesuffix(CRLF)}{self._end}" for row in rows)

    def _fault_of(self, error: csv.Error) -> click.ClickException:
        if self._is_read:
            return self.fault("opens a quote that is never closed", self._opened)
        if "new-line" in str(error):
            return self.fault(f"has a CR outside of quotes: {ENDS}")
        return self.fault(f"is no CSV: {error}")

    def _too_long(self, line: bytes, *, begins_row: bool) -> click.ClickException:
        if not begins_row:
            told = f"opens a quote that is not closed within {MAX_ROW} bytes, the most of a row"
            return self.fault(told, self._opened)
        ends = f", and has CRs: {ENDS}" if b"\r" in line else ""
        return self.fault(f"is longer than {MAX_ROW} bytes, the most of a row{ends}")

    def fault(self, told: str, line: int = 0) -> click.ClickException:
        """Return the error of a line, by default of the one that was read last."""
        return click.ClickException(f"standard input: line {line or self.line} {told}")
