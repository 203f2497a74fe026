"""One of several worker processes: serves on the shared port, ends with its supervisor."""

import logging
import os
import signal
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from typing import NoReturn

from namesmith_server.app import signals
from namesmith_server.app.errors import StartError
from namesmith_server.app.leaving import leave
from namesmith_server.app.lifecycle import run_then_leave, serve
from namesmith_server.app.logging import configure_logging
from namesmith_server.app.models import Plan
from namesmith_server.app.observability import Observation, send_samples
from namesmith_server.app.settings import Settings
from namesmith_server.app.workers.heartbeat import Heart
from namesmith_server.app.workers.orders import Orders

BLOCKED = (*signals.OF_A_TERMINAL, *signals.IGNORED)
"""Signals that are blocked in a worker when it begins to run: a terminal sends some of them to
every process of the server, and a process without a handler yet would end."""

log = logging.getLogger(__name__)


def run_worker(  # noqa: PLR0913 - all that a process of its own is given
    settings: Settings,
    number: int,
    line: Connection,
    beats: Connection,
    samples: Connection,
    *,
    joins: bool,
) -> NoReturn:
    """Run a worker until SIGTERM stops it or its supervisor has ended.

    Ends the process with 1 when the worker cannot serve, after a line on standard error that says
    why.

    Args:
        settings: settings of the server; all workers share the port.
        number: number of the worker, which all its log lines hold.
        line: connection that gives the orders of the supervisor, and takes the answers.
        beats: pipe of the heartbeat.
        samples: pipe of the metrics.
        joins: whether other workers serve already.
    """
    signals.install()
    signals.install_in_worker()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, BLOCKED)
    configure_logging(settings.log_level, worker=number, pid=os.getpid())
    try:
        run_then_leave(_work(settings, line, beats, samples, joins=joins))
    except StartError as error:
        leave(1, f"namesmith-server: {error}")


async def _work(
    settings: Settings, line: Connection, beats: Connection, samples: Connection, *, joins: bool
) -> None:
    """Serve the plans that the supervisor orders."""
    supervisor = parent_process()
    assert supervisor is not None  # noqa: S101 - a worker is spawned
    Heart(beats)
    orders = Orders(line)

    def on_serving(_port: int, seconds: float, _plan: Plan) -> None:
        log.info("worker serving", extra={"seconds": seconds})
        # The supervisor's line, which tells that all serve, comes behind this one.
        for handler in logging.getLogger().handlers:
            handler.flush()
        orders.serving.set()

    def tell(observation: Observation) -> None:
        if settings.metrics_address:
            send_samples(samples, observation.read)

    await serve(settings, orders.lead, on_serving, supervisor.sentinel, tell, joins=joins)
