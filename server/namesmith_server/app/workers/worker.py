"""One of several worker processes: serves on the shared port, ends with its supervisor."""

import logging
import os
from multiprocessing import parent_process
from multiprocessing.connection import Connection

from namesmith_server.app import signals
from namesmith_server.app.errors import StartError
from namesmith_server.app.leaving import leave
from namesmith_server.app.lifecycle import run_then_leave, serve
from namesmith_server.app.logging import configure_logging
from namesmith_server.app.settings import Settings

log = logging.getLogger(__name__)


def run_worker(settings: Settings, number: int, ready: Connection) -> None:
    """Run a worker until a signal stops it or its supervisor has ended.

    Exits with 1 when the worker cannot serve, after a line on standard error that says why.

    Args:
        settings: settings of the server; all workers share the port.
        number: number of the worker, which all its log lines hold.
        ready: pipe that takes True once the worker serves.
    """
    signals.install_in_worker()
    configure_logging(settings.log_level, worker=number, pid=os.getpid())
    supervisor = parent_process()
    assert supervisor is not None  # noqa: S101 - a worker is spawned

    def on_serving(_port: int, seconds: float) -> None:
        log.info("worker serving", extra={"seconds": seconds})
        ready.send(True)  # noqa: FBT003 - the worker serves

    try:
        run_then_leave(serve(settings, on_serving, supervisor.sentinel))
    except StartError as error:
        leave(1, f"namesmith-server: {error}")
