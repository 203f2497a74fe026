"""Sampled names in a file: a range of rows, with its manifest."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Unpack

import click

from namesmith_client import GeneratedNames, SamplingAndConstraint
from namesmith_client.bulk import Part, PartExistsError, ShortPartError, format_of, write_part
from namesmith_client.cli.connection import connected
from namesmith_client.cli.progress_bar import LONG_WORK, with_progress_bar
from namesmith_client.cli.report import Format
from namesmith_client.cli.unwinding import unwinding


def refuse_beside_out(*, form: Format | None, distinct: bool) -> None:
    """Refuse options that a file has no place for.

    Raises:
        click.UsageError: one is given.
    """
    if form is not None:
        raise click.UsageError("--out: the end of the file's name says its format, not --format")
    if distinct:
        raise click.UsageError("--out: the rows of distinct names are not independent")


def write_out(
    out: Path,
    rows: range,
    seed: int | None,
    model: str,
    *,
    log_probs: bool,
    **settings: Unpack[SamplingAndConstraint],
) -> None:
    """Write the names of rows into a file, or tell that it is there.

    Raises:
        click.ClickException: the file is another one, or the model gave up.
        click.UsageError: there is no seed, or no format has the name of the file.
    """
    if seed is None:
        raise click.UsageError("--out needs --seed: the file is a function of it")
    try:
        format_of(out.name)
    except ValueError as error:
        raise click.UsageError(f"--out: {error}") from error
    part = Part(
        path=out, seed=seed, rows=rows, model=model, log_probs=log_probs, arguments=settings
    )
    with ExitStack() as stack:
        stack.enter_context(unwinding())  # no unfinished file stays
        client = stack.enter_context(connected())

        def follow(chunks: Iterator[GeneratedNames]) -> Iterator[GeneratedNames]:
            count = len(rows) if len(rows) > LONG_WORK else 0
            return stack.enter_context(with_progress_bar(chunks, count, to_file=True))

        try:
            made, is_new = write_part(client, part, follow)
        except (ImportError, PartExistsError, ShortPartError) as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{out}: {error.strerror}") from error
    told = "written" if is_new else "is there already, and was kept"
    click.echo(
        f"{out}: {made.names:,} names of {made.reference}, rows {made.first_row} to"
        f" {made.end_row - 1}, {told}"
    )
