"""``namesmith-trainer``: its commands, or in one line what is not installed."""

import signal
import sys


def main() -> None:
    """Exits with 1 where a package of the extra is missing."""
    try:
        from namesmith_trainer.cli import main as commands  # noqa: PLC0415 - it may be missing
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("namesmith"):
            raise
        sys.exit(f"namesmith-trainer: {error.name} is not installed; install namesmith[trainer]")
    commands()
