"""Runs the server that the settings describe: in this process, or in workers."""

import logging

import uvloop

from namesmith_server.app.lifecycle import serve
from namesmith_server.app.logging import configure_logging
from namesmith_server.app.settings import Settings
from namesmith_server.app.workers import Supervisor

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Run a server, and return after its drain.

    Raises:
        StartError: the server cannot start.
    """
    configure_logging(settings.log_level)
    if settings.workers > 1:
        Supervisor(settings).run()
    else:
        uvloop.run(serve(settings, lambda port, seconds, _: _log_serving(settings, port, seconds)))
    log.info("stopped")


def _log_serving(settings: Settings, port: int, seconds: float) -> None:
    started = {"address": settings.address, "port": port, "seconds": seconds}
    log.info("serving", extra=started)
