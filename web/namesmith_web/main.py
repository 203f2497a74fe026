"""``namesmith-web``: reads the options and runs the front; a failure is one line."""

# ruff: noqa: PLC0415 - Ctrl-C and gRPC's log are set before anything else is imported
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from namesmith_web.settings import Settings


def main() -> None:
    """Exit with 0 after a drain, 1 when the front cannot serve, 2 on wrong options."""
    # Ctrl-C ends the program without a message, until ``run`` has a handler of its own.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # else its lines stand between the JSON lines
    import click

    from namesmith_web.cli import read_settings
    from namesmith_web.settings import Settings

    try:
        settings = read_settings.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    if isinstance(settings, Settings):  # neither --help nor --version
        _run(settings)


def _run(settings: "Settings") -> None:
    try:
        from namesmith_web.beside import NoServerError
        from namesmith_web.run import run
    except ModuleNotFoundError as error:
        sys.exit(f"namesmith-web: {error.name} is missing; pip install 'namesmith[web]'")
    try:
        run(settings)
    except (NoServerError, ValueError) as error:
        sys.exit(f"namesmith-web: {error}")
    except OSError as error:
        place = error.filename or f"--address {settings.host}:{settings.port}"
        sys.exit(f"namesmith-web: {place}: {os.strerror(error.errno or 0)}")
