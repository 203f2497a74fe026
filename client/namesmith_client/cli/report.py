"""The output of a command in the form that the caller chose.

Without a choice it is a table on a terminal, and on a pipe the same rows with tabs between their
values, without headings.
"""

import csv
import functools
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import click

MAX_TABLE_ROWS = 1_000
"""Number of rows of the longest table that nobody asked for; more rows are printed as lines."""


class Format(StrEnum):
    """A form of output; all but ``JSON`` are rows, one a line."""

    TABLE = "table"
    TSV = "tsv"
    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"


def format_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--format`` and ``--json``, which give the command its argument ``form``."""

    @click.option(
        "--format",
        "given",
        type=click.Choice([form.value for form in Format]),
        help="How to print; without it a table on a terminal, and rows without headings on a pipe.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object: --format json.")
    @functools.wraps(command)
    def with_form(*, given: str | None, as_json: bool, **others: object) -> None:
        if as_json and given not in {None, Format.JSON}:
            raise click.UsageError(f"--json and --format {given}: one of both is expected")
        command(form=Format.JSON if as_json else given and Format(given), **others)

    return with_form


@dataclass(frozen=True)
class Report:
    """The result of a command, for programs and for people.

    Attributes:
        data: the object that ``--json`` prints.
        columns: headings of the table; one that is empty stands in tables alone.
        rows: rows with a value for each column; numbers are rounded in the table alone.
        caption: line below the table.
    """

    data: Mapping[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    caption: str = ""

    def show(self, form: Format | None) -> None:
        """Print the result on standard output."""
        if form is Format.JSON:
            click.echo(json.dumps(self.data))
        elif is_table(form, len(self.rows)):
            from namesmith_client.cli.table import show_table  # noqa: PLC0415 - for people alone

            show_table(self.columns, self.rows, self.caption)
        else:
            print_rows(form, self.columns, iter(self.rows))


def is_table(form: Format | None, count: int) -> bool:
    """Return whether a number of rows is printed as a table."""
    if form is None:
        return sys.stdout.isatty() and count <= MAX_TABLE_ROWS
    return form is Format.TABLE


def print_rows(
    form: Format | None, columns: Sequence[str], rows: Iterator[Sequence[object]]
) -> None:
    """Print rows while they come, below their headings where a form has headings."""
    shown = [i for i, heading in enumerate(columns) if heading]
    keys = [columns[i].replace("-", "_").replace(" ", "_") for i in shown]
    if form is Format.JSONL:
        for row in rows:
            found = (row[i] for i in shown)
            click.echo(json.dumps(dict(zip(keys, found, strict=True)), ensure_ascii=False))
    elif form is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(keys)
        writer.writerows([row[i] for i in shown] for row in rows)
    else:
        if form is Format.TSV:
            click.echo("\t".join(keys))
        used = shown if form is Format.TSV else range(len(columns))
        for row in rows:
            click.echo("\t".join(str(row[i]) for i in used))
