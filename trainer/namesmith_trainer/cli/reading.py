"""The options that say which names are read, and how; a command is given their reader."""

import functools
import inspect
from typing import Any

import click

from namesmith_trainer.cli.options import Command
from namesmith_trainer.data import Names, Shares


def _source(_context: click.Context, _option: click.Parameter, source: str | None) -> str | None:
    """Return the source of names; an empty text is a usage error."""
    if source == "":
        raise click.BadParameter("the name of the file is empty")
    return source


def _shares(_context: click.Context, _option: click.Parameter, text: str | None) -> Shares | None:
    """Return the shares of the splits; a text that names none is a usage error."""
    if text is None:
        return None
    try:
        return Shares.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


READING = (
    click.option(
        "--data",
        default="us-names",
        show_default=True,
        metavar="FILE|-|us-names",
        callback=_source,
        help="List with a name a line, or table with a column of names (CSV, TSV), in UTF-8, UTF-16"
        " or packed by gzip; - is standard input, us-names the built-in data set.",
    ),
    click.option("--distinct", is_flag=True, help="Drop repeated names."),
    click.option("--lower", is_flag=True, help="Bring names into lower case."),
    click.option(
        "--skip-invalid", is_flag=True, help="Leave out lines that hold no name that can be taken."
    ),
    click.option(
        "--column",
        metavar="HEADING|N",
        help="Column of a table that holds the names: its heading, or its number from 1.",
    ),
    click.option(
        "--weights",
        is_flag=True,
        help="A name counts as often as the number beside it in a table says.",
    ),
    click.option(
        "--split",
        metavar="TRAIN,VAL,TEST",
        callback=_shares,
        help="Shares of the splits, in percent or as a ratio.  [default: 80,10,10]",
    ),
    click.option(
        "--val-data",
        metavar="FILE",
        callback=_source,
        help="Names of the val split; train then has the share of val too.",
    ),
)
"""Options that say which names are read, and how."""


def data(command: Command) -> Command:
    """Add the options of ``READING``; the command's argument ``data`` reads the names."""

    @functools.wraps(command)
    def reading(*args: object, **values: object) -> object:
        chosen: dict[str, Any] = {
            name: values.pop(name) for name in inspect.signature(read_names).parameters
        }
        return command(*args, data=functools.partial(read_names, **chosen), **values)

    for option in reversed(READING):
        reading = option(reading)
    return reading


def read_names(  # noqa: PLR0913 - each is an option of the command line
    data: str,
    *,
    distinct: bool,
    lower: bool,
    skip_invalid: bool,
    column: str | None,
    weights: bool,
    split: Shares | None,
    val_data: str | None,
) -> Names:
    """Read the names of ``--data`` and ``--val-data``, cut as ``--split`` says.

    Raises:
        DataError: a file cannot be trained on.
    """

    def read(source: str) -> Names:
        return Names.read(
            source,
            distinct=distinct,
            lower=lower,
            skip_invalid=skip_invalid,
            column=column,
            weights=weights,
        )

    validation = read(val_data) if val_data else None
    return read(data).cut(split, validation, skip_invalid=skip_invalid)
