"""``namesmith-server``: reads the options, runs the server, says in one line why it cannot."""

import logging
import sys

import uvloop
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import CliApp

from namesmith_server.app.lifecycle import serve
from namesmith_server.app.loading import LoadError
from namesmith_server.app.logging import configure
from namesmith_server.app.server import PortError
from namesmith_server.app.settings import Settings
from namesmith_server.app.supervisor import StartError, Supervisor

log = logging.getLogger(__name__)


def main() -> None:
    """Exits with 0 after a drain, 1 when it cannot serve, 2 on wrong options."""
    try:
        settings = CliApp.run(Settings)
    except ValidationError as error:
        for fault in error.errors():
            sys.stderr.write(f"namesmith-server: {_told(fault)}\n")
        sys.exit(2)
    configure(settings.log_level)
    try:
        if settings.workers > 1:
            Supervisor(settings).run()
        else:
            uvloop.run(serve(settings, lambda port, seconds: _serving(settings, port, seconds)))
    except (LoadError, PortError) as error:
        sys.stderr.write(f"namesmith-server: {error}\n")
        sys.exit(1)
    except StartError:
        sys.exit(1)
    log.info("stopped")


def _serving(settings: Settings, port: int, seconds: float) -> None:
    started = {"address": settings.address, "port": port, "seconds": seconds}
    log.info("serving", extra=started)


def _told(fault: ErrorDetails) -> str:
    message = fault["msg"].removeprefix("Value error, ")
    if not fault["loc"]:  # of several options together
        return message
    option = "-".join(str(part) for part in fault["loc"]).replace("_", "-")
    return f"--{option}: {message} (given {fault['input']!r})"
