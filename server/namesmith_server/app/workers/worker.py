"""One of several worker processes: serves on the shared port, ends with its supervisor."""

import logging
import os
import signal
from collections.abc import Mapping
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from typing import NoReturn

from namesmith_server.app import signals
from namesmith_server.app.errors import StartError
from namesmith_server.app.leaving import leave
from namesmith_server.app.lifecycle import run_then_leave, serve
from namesmith_server.app.logging import configure_logging
from namesmith_server.app.observability import Observation, send_samples
from namesmith_server.app.settings import Settings
from namesmith_server.app.workers.heartbeat import Heart

BLOCKED = (*signals.OF_A_TERMINAL, *signals.IGNORED)
"""Signals that are blocked in a worker when it begins to run: a terminal sends some of them to
every process of the server, and a process without a handler yet would end."""

log = logging.getLogger(__name__)


def run_worker(
    settings: Settings, number: int, line: Connection, beats: Connection, samples: Connection
) -> NoReturn:
    """Run a worker until SIGTERM stops it or its supervisor has ended.

    Ends the process with 1 when the worker cannot serve, after a line on standard error that says
    why.

    Args:
        settings: settings of the server; all workers share the port.
        number: number of the worker, which all its log lines hold.
        line: connection that gives the version of each model that must be served, none for the
            first worker of a server; takes the versions that are served, once they are.
        beats: pipe of the heartbeat.
        samples: pipe of the metrics.
    """
    signals.install()
    signals.install_in_worker()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, BLOCKED)
    configure_logging(settings.log_level, worker=number, pid=os.getpid())
    try:
        pinned: Mapping[str, int] = line.recv()
    except EOFError:  # the supervisor has ended
        leave(0)
    try:
        run_then_leave(_work(settings, pinned, line, beats, samples))
    except StartError as error:
        leave(1, f"namesmith-server: {error}")


async def _work(
    settings: Settings,
    pinned: Mapping[str, int],
    line: Connection,
    beats: Connection,
    samples: Connection,
) -> None:
    """Serve the pinned versions, and tell the supervisor which versions are served."""
    supervisor = parent_process()
    assert supervisor is not None  # noqa: S101 - a worker is spawned

    def on_serving(_port: int, seconds: float, versions: Mapping[str, int]) -> None:
        log.info("worker serving", extra={"seconds": seconds})
        # The supervisor's line, which tells that all serve, comes behind this one.
        for handler in logging.getLogger().handlers:
            handler.flush()
        line.send(versions)

    def tell(observation: Observation) -> None:
        if settings.metrics_address:
            send_samples(samples, observation.read)

    Heart(beats)
    await serve(settings, on_serving, supervisor.sentinel, pinned, tell)
