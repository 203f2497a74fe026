"""``namesmith-web``: reads the options and runs the front; a failure is one line."""

# ruff: noqa: E402 - Ctrl-C ends the program without a message, during its imports too
import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until ``run`` has a handler of its own

import os
import sys

import click

from namesmith_web.settings import Settings


def main() -> None:
    """Exit with 0 after a drain, 1 when the front cannot serve, 2 on wrong options."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # else its lines stand between the JSON lines
    from namesmith_web.cli import read_settings  # noqa: PLC0415 - gRPC reads the variable first

    try:
        settings = read_settings.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    if isinstance(settings, Settings):  # neither --help nor --version
        _run(settings)


def _run(settings: Settings) -> None:
    try:
        from namesmith_web.beside import NoServerError  # noqa: PLC0415 - needs the extra
        from namesmith_web.run import run  # noqa: PLC0415 - likewise
    except ModuleNotFoundError as error:
        sys.exit(f"namesmith-web: {error.name} is missing; pip install 'namesmith[web]'")
    try:
        run(settings)
    except (NoServerError, ValueError) as error:
        sys.exit(f"namesmith-web: {error}")
    except OSError as error:
        place = error.filename or f"--address {settings.host}:{settings.port}"
        sys.exit(f"namesmith-web: {place}: {os.strerror(error.errno or 0)}")
