"""The formats of files of names: the same names give the same bytes.

Nothing of the moment or the machine goes into a file, and names are written in groups of one size,
however they come. A csv or jsonl file is the same everywhere; what is compressed is the same for
the same version of pyarrow, whose name stands in a parquet file too.
"""

import csv
import io
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from namesmith_client._arrow import require_pyarrow

GROUP = 131_072
"""Number of names that are written at once: a row group of parquet."""

COLUMNS = ("name", "log_probability")
"""Columns of a file, the second where log-probabilities are wanted."""

ZSTD_SUFFIX = ".zst"

Columns = Sequence[Sequence[Any]]
"""The names of a group, and their log-probabilities where they are wanted."""


class Sink(Protocol):
    """A file that takes bytes."""

    def write(self, data: Any, /) -> object:  # noqa: ANN401 - any buffer
        """Write bytes."""


class Writer(ABC):
    """A writer of groups of names into a binary file."""

    def __init__(self, file: Sink, columns: Sequence[str]) -> None:
        self._file = file
        self._columns = columns

    @abstractmethod
    def write(self, group: Columns) -> None:
        """Write names, and their log-probabilities in a second column."""

    def close(self) -> None:  # noqa: B027 - text has no end of its own
        """Write the end of the file."""


class _CsvWriter(Writer):
    def __init__(self, file: Sink, columns: Sequence[str]) -> None:
        super().__init__(file, columns)
        self._write([columns])

    def write(self, group: Columns) -> None:
        self._write(zip(*group, strict=True))

    def _write(self, rows: Any) -> None:  # noqa: ANN401 - as csv takes them
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._file.write(text.getvalue().encode())


class _JsonlWriter(Writer):
    def write(self, group: Columns) -> None:
        rows = (dict(zip(self._columns, row, strict=True)) for row in zip(*group, strict=True))
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        self._file.write(lines.encode())


class _ParquetWriter(Writer):
    def __init__(self, file: Sink, columns: Sequence[str]) -> None:
        pa = require_pyarrow()
        from pyarrow import parquet  # noqa: PLC0415 - of the extra arrow

        super().__init__(file, columns)
        types = (pa.string(), pa.float64())
        self._schema = pa.schema(
            [
                pa.field(name, kind, nullable=False)
                for name, kind in zip(columns, types, strict=False)
            ]
        )
        self._arrays = pa.array
        self._table = pa.Table.from_arrays
        self._writer = parquet.ParquetWriter(
            file, self._schema, compression="zstd", compression_level=3, use_dictionary=False
        )

    def write(self, group: Columns) -> None:
        arrays = [
            self._arrays(column, one.type) for column, one in zip(group, self._schema, strict=True)
        ]
        self._writer.write_table(self._table(arrays, schema=self._schema), row_group_size=GROUP)

    def close(self) -> None:
        self._writer.close()


WRITERS: dict[str, type[Writer]] = {
    ".csv": _CsvWriter,
    ".jsonl": _JsonlWriter,
    ".parquet": _ParquetWriter,
}
"""The writer of each suffix; behind those of text may stand ``ZSTD_SUFFIX``."""


class _ZstdWriter(Writer):
    """A writer of text, compressed as one frame."""

    def __init__(self, kind: type[Writer], file: Sink, columns: Sequence[str]) -> None:
        super().__init__(file, columns)
        self._stream = require_pyarrow().CompressedOutputStream(file, "zstd")
        self._inner = kind(self._stream, columns)

    def write(self, group: Columns) -> None:
        self._inner.write(group)

    def close(self) -> None:
        self._inner.close()
        self._stream.close()


def format_of(name: str) -> str:
    """Return the suffix of a file's name that says its format.

    Raises:
        ValueError: no format has the suffix; the message names those that are written.
    """
    for suffix in (*WRITERS, *(f"{one}{ZSTD_SUFFIX}" for one in (".csv", ".jsonl"))):
        if name.endswith(suffix):
            return suffix
    raise ValueError(f"{name}: .csv, .jsonl, either with .zst, or .parquet is expected at its end")


def needs_pyarrow(suffix: str) -> bool:
    """Return whether files of a suffix are written by pyarrow."""
    return suffix == ".parquet" or suffix.endswith(ZSTD_SUFFIX)


def open_writer(suffix: str, file: Sink, columns: Sequence[str]) -> Writer:
    """Return the writer of a suffix into a binary file."""
    if suffix.endswith(ZSTD_SUFFIX):
        return _ZstdWriter(WRITERS[suffix.removesuffix(ZSTD_SUFFIX)], file, columns)
    return WRITERS[suffix](file, columns)
