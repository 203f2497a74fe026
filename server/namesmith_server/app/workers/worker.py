"""One of several worker processes: serves on the shared port, ends with its supervisor."""

import logging
import os
import signal
from collections.abc import Callable, Mapping
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from typing import NoReturn

from namesmith_server.app import signals
from namesmith_server.app.errors import LoadError, StartError
from namesmith_server.app.leading import lead_alone
from namesmith_server.app.leaving import leave
from namesmith_server.app.lifecycle import run_then_leave, serve
from namesmith_server.app.logging import configure_logging
from namesmith_server.app.models import Lead, ModelManager, ModelPlan, Plan
from namesmith_server.app.settings import Settings
from namesmith_server.app.workers.heartbeat import Heart

BLOCKED = (*signals.OF_A_TERMINAL, *signals.IGNORED)
"""Signals that are blocked in a worker when it begins to run: a terminal sends some of them to
every process of the server, and a process without a handler yet would end."""

log = logging.getLogger(__name__)


def run_worker(settings: Settings, number: int, line: Connection, beats: Connection) -> NoReturn:
    """Run a worker until SIGTERM stops it or its supervisor has ended.

    Ends the process with 1 when the worker cannot serve, after a line on standard error that says
    why.

    Args:
        settings: settings of the server; all workers share the port.
        number: number of the worker, which all its log lines hold.
        line: connection that gives the version of each model that must be served, none for the
            first worker of a server; takes the versions that are served, once they are.
        beats: pipe of the heartbeat.
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
        run_then_leave(_work(settings, pinned, line, beats))
    except StartError as error:
        leave(1, f"namesmith-server: {error}")


async def _work(
    settings: Settings, pinned: Mapping[str, int], line: Connection, beats: Connection
) -> None:
    """Serve the pinned versions, and tell the supervisor which versions are served."""
    supervisor = parent_process()
    assert supervisor is not None  # noqa: S101 - a worker is spawned

    def on_serving(_port: int, seconds: float, plan: Plan) -> None:
        log.info("worker serving", extra={"seconds": seconds})
        # The supervisor's line, which tells that all serve, comes behind this one.
        for handler in logging.getLogger().handlers:
            handler.flush()
        line.send({name: model.versions[0] for name, model in plan.items() if model.versions})

    Heart(beats)
    await serve(settings, _lead(settings, pinned), on_serving, supervisor.sentinel)


def _lead(settings: Settings, pinned: Mapping[str, int]) -> Lead:
    """Return the function that serves the pinned versions, or without any the controller's."""
    if not pinned:
        return lead_alone(settings)

    async def lead(manager: ModelManager) -> Callable[[], object]:
        plan = {name: ModelPlan((version,)) for name, version in pinned.items()}
        faults = await manager.prepare(plan)
        if faults:
            raise LoadError("; ".join(faults.values()))
        await manager.commit(plan)
        return lambda: None

    return lead
