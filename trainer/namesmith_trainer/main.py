"""Entry point of ``namesmith-trainer``, which names a missing package in one line."""

import signal
import sys


def main() -> None:
    """Run the command line; exit with 1 where a package of the trainer's extra is missing."""
    try:
        from namesmith_trainer.cli import main as commands  # noqa: PLC0415 - it may be missing

        commands()  # each command imports what it needs
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("namesmith"):
            raise
        sys.exit(f"namesmith-trainer: {error.name} is not installed; install namesmith[trainer]")
