"""The options that say which secret a command names by."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from namesmith.limits import MAX_SECRET_BYTES, MIN_SECRET_BYTES
from namesmith.secret import read_secret


def secret_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the secret to a command."""
    by_name = click.option(
        "--secret-name", default="", metavar="NAME", help="A secret that the server holds."
    )
    by_file = click.option(
        "--secret-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"File with the secret, {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} bytes.",
    )
    return by_file(by_name(command))


def secret_of(file: Path | None, name: str) -> bytes | None:
    """Return the secret in a file; None where the server's of a name is meant."""
    if (file is None) == (not name):
        raise click.UsageError("--secret-file or --secret-name: one of them is needed")
    if file is None:
        return None
    try:
        return read_secret(file)
    except OSError as error:
        raise click.UsageError(f"--secret-file {file}: {error.strerror}") from error
    except ValueError as error:
        raise click.UsageError(f"--secret-file {file}: {error}") from None
