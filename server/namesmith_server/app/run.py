"""Runs the server that the settings describe: in this process, or in workers."""

import logging
from typing import NoReturn

from namesmith_server.app.environment import warn_of_unknown_variables
from namesmith_server.app.leading import lead_alone
from namesmith_server.app.leaving import leave
from namesmith_server.app.lifecycle import run_then_leave, serve
from namesmith_server.app.logging import configure_logging
from namesmith_server.app.models import Plan
from namesmith_server.app.observability import Observation, serve_metrics
from namesmith_server.app.settings import Settings
from namesmith_server.app.workers import Supervisor

log = logging.getLogger(__name__)


def run(settings: Settings) -> NoReturn:
    """Run a server, and end the process after its drain.

    Raises:
        StartError: the server cannot start.
    """
    configure_logging(settings.log_level)
    warn_of_unknown_variables()
    if settings.workers > 1:
        Supervisor(settings).run()
        log.info("stopped")
        leave(0)
    run_then_leave(_live(settings))


async def _live(settings: Settings) -> None:
    def on_serving(port: int, seconds: float, _plan: Plan) -> None:
        log.info("serving", extra={"address": settings.address, "port": port, "seconds": seconds})

    def tell(observation: Observation) -> None:
        if settings.metrics_address:
            serve_metrics(settings.metrics_address, observation.read_alone)

    await serve(settings, lead_alone(settings), on_serving, tell=tell)
    log.info("stopped")
