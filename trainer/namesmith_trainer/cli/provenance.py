"""The options that state the labels, the licence and the source of the names."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from namesmith_trainer.cli.options import Command
from namesmith_trainer.publish import Provenance, read_labels, read_licence, read_source

Value = TypeVar("Value")


def options_of_provenance(command: Command) -> Command:
    """Add the options; the command's argument ``provenance`` is what they state."""

    @click.option(
        "--label",
        "labels",
        multiple=True,
        metavar="KEY=VALUE",
        callback=_read_by(read_labels),
        help="Label that describes the names, such as locale=fi; may be given several times.",
    )
    @click.option(
        "--licence",
        metavar="SPDX",
        callback=_read_by(read_licence),
        help="Licence of the names: an SPDX expression, such as CC0-1.0.",
    )
    @click.option(
        "--source",
        metavar="URL",
        callback=_read_by(read_source),
        help="Where the names come from.",
    )
    @functools.wraps(command)
    def stating(
        *args: object,
        labels: dict[str, str],
        licence: str | None,
        source: str | None,
        **values: object,
    ) -> object:
        provenance = Provenance(labels, licence or "", source or "")
        return command(*args, provenance=provenance, **values)

    return stating


def _read_by(
    read: Callable[[Any], Value],
) -> Callable[[click.Context, click.Parameter, Any], Value | None]:
    """Return a callback that reads a given value; a fault is a usage error."""

    def callback(_context: click.Context, _option: click.Parameter, given: Any) -> Value | None:  # noqa: ANN401 - of click
        if given is None:
            return None
        try:
            return read(given)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    return callback
