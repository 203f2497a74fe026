"""The options of the texts that stand nowhere in a name: one at a time, or a file of them."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from namesmith.excluded_texts import ExcludedTextsError, read_excluded_texts
from namesmith.limits import MAX_EXCLUDED_TEXTS


def excludes_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the excluded texts to a command, whose argument is ``excludes``."""

    @wraps(command)
    def with_excludes(
        *, excludes: tuple[str, ...], excludes_file: tuple[str, ...], **settings: object
    ) -> object:
        return command(excludes=(*excludes, *excludes_file), **settings)

    by_text = click.option(
        "--exclude",
        "excludes",
        multiple=True,
        metavar="TEXT",
        help="A text that stands nowhere in a name; may be given again,"
        f" up to {MAX_EXCLUDED_TEXTS:,} times.",
    )
    by_file = click.option(
        "--excludes-file",
        type=click.Path(path_type=Path),
        callback=_texts_of_file,
        help="File of such texts, in UTF-8, a text a line; blank lines and lines that begin"
        " with # are skipped.",
    )
    return by_text(by_file(with_excludes))


def _texts_of_file(
    _context: click.Context, _option: click.Parameter, path: Path | None
) -> tuple[str, ...]:
    """Return the texts of a file, none without one."""
    try:
        return () if path is None else read_excluded_texts(path)
    except ExcludedTextsError as error:
        raise click.BadParameter(str(error)) from error
