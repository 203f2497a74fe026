"""The program: what it does with signals, with the log of gRPC and with a full disk."""

import os
import signal
import sys

from namesmith_client.cli import commands
from namesmith_client.cli.group import namesmith

__all__ = ["commands", "main", "namesmith"]


def main() -> None:
    """Run a command; exits with 0, with 1 for an error of the service, with 2 for wrong usage."""
    if "GRPC_VERBOSITY" not in os.environ and sys.stderr is not None:
        _silence_native_log()
    # A closed pipe and Ctrl-C end the program without a message, like other filters.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        namesmith()
    except OSError as error:  # of a file that is read, or of output: the disk is full
        sys.exit(f"Error: {error.strerror}")


def _silence_native_log() -> None:
    """Leaves standard error to Python, so that the one line of a failure stands alone there.

    gRPC logs broken connections on descriptor 2, at a level that it reads from the environment
    when it is imported, which is before this function runs.
    """
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
