"""The program: how it treats a closed pipe, the log of gRPC and a full disk."""

import io
import os
import signal
import sys

import click

from namesmith.quoting import MAX_QUOTED, printable
from namesmith.variables import unknown_variables
from namesmith_client.cli import commands
from namesmith_client.cli.group import namesmith

__all__ = ["commands", "main", "namesmith"]


def main() -> None:
    """Run a command; exit with 0, with 1 after a failed call or file, with 2 for wrong usage."""
    if sys.stdout is None:
        sys.exit("Error: standard output is closed")
    if "GRPC_VERBOSITY" not in os.environ and sys.stderr is not None:
        _silence_native_log()
    # A closed pipe ends the program without a message, like other filters.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    _escape_what_the_terminal_cannot_show()
    _warn_of_unknown_variables()
    try:
        namesmith()
    except OSError as error:  # of a file that is read, or of output: the disk is full
        sys.exit(f"Error: {error.strerror}")


def _warn_of_unknown_variables() -> None:
    """Tell the names of the variables NAMESMITH_* that nobody reads."""
    for name, nearest in unknown_variables(os.environ):
        meant = f"; {nearest} is one" if nearest else ""
        click.echo(
            f"Warning: {printable(name[:MAX_QUOTED])} is no variable of namesmith{meant}", err=True
        )


def _escape_what_the_terminal_cannot_show() -> None:
    """Print a character that standard output has no code for by its number."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _silence_native_log() -> None:
    """Leave standard error to Python alone, so that gRPC adds no line to an error message.

    gRPC logs broken connections on file descriptor 2, at a level that it reads from the environment
    when it is imported, before this function runs.
    """
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
