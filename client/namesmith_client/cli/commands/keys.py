"""The command that puts names in place of the cells of a CSV file."""

import sys
from functools import partial
from pathlib import Path
from typing import Unpack

import click

from namesmith_client import Client, SamplingAndConstraint
from namesmith_client._model_reference import reference_to
from namesmith_client.cli.connection import connected, connection_options
from namesmith_client.cli.csv_file import CsvFile
from namesmith_client.cli.group import namesmith
from namesmith_client.cli.progress_bar import progress_bar
from namesmith_client.cli.pseudonyms import NameKeys, masked_rows
from namesmith_client.cli.secret_options import secret_of, secret_options
from namesmith_client.cli.shared_options import constraint_options, model_option, sampling_options


@namesmith.command("pseudonymise")
@click.option(
    "--column",
    "columns",
    multiple=True,
    required=True,
    metavar="NAME",
    help="Column whose cells get names; may be given again.",
)
@secret_options
@click.option(
    "--capitalise", is_flag=True, help="Write a name with the capitals of its cell: Anna, ANNA."
)
@click.option(
    "--delimiter", default=",", show_default=True, help=r"Character between cells; \t is a tab."
)
@sampling_options
@constraint_options
@model_option
@connection_options
def pseudonymise(  # noqa: PLR0913 - an option is an argument
    *,
    columns: tuple[str, ...],
    secret_file: Path | None,
    secret_name: str,
    capitalise: bool,
    delimiter: str,
    model: str,
    **settings: Unpack[SamplingAndConstraint],
) -> None:
    """Put a name in place of each cell of some columns: CSV from standard input to standard output.

    Equal cells have equal names, in every column, file and run with the same secret; different
    cells may share one. All else stays: the order, the other columns, empty cells.
    """
    delimiter = "\t" if delimiter == r"\t" else delimiter
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise click.UsageError(f"--delimiter: {delimiter!r} is not one character")
    secret = secret_of(secret_file, secret_name)
    output = sys.stdout.buffer
    with connected() as client:
        file = CsvFile(sys.stdin.buffer, delimiter)
        places = file.columns(columns)
        name_keys = _pinned(client, model, secret, secret_name, settings)
        output.write(file.written_header())
        with progress_bar(file.size, "bytes") as advance:
            before = file.position
            for rows in masked_rows(file, places, name_keys, capitalise=capitalise):
                output.write(file.written(rows))
                advance(file.position - before)
                before = file.position
    output.flush()


def _pinned(
    client: Client,
    model: str,
    secret: bytes | None,
    secret_name: str,
    settings: SamplingAndConstraint,
) -> NameKeys:
    """Return the function that names keys by the version of a model that is served now.

    A version that is published meanwhile would give the rest of a file other names. The first call
    finds the version, and faults of the arguments before anything is written.
    """
    name_keys = partial(client.name_keys, secret=secret, secret_name=secret_name, **settings)
    first = name_keys([b""], model=model)
    if sys.stderr.isatty():
        click.echo(
            f"{first.bearable_keys:,} different cells are likely to get as many names, of more some"
            " share one; --min-length 8 --temperature 1.5 makes names rarer",
            err=True,
        )
    return partial(name_keys, model=reference_to(first.model, first.version))
