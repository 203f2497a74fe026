"""One of several worker processes: serves on the shared port, ends with its supervisor."""

import logging
import os
import sys
from multiprocessing import parent_process
from multiprocessing.connection import Connection

import uvloop

from namesmith_server.app.errors import StartError
from namesmith_server.app.lifecycle import serve
from namesmith_server.app.logging import configure
from namesmith_server.app.settings import Settings

log = logging.getLogger(__name__)


def work(settings: Settings, number: int, told: Connection) -> None:
    """Runs a worker until it is told to stop or its supervisor is gone.

    Exits with 1 when it cannot serve, having said why.

    Args:
        settings: of the server; the port is the one that all workers share.
        number: of the worker, in its log lines.
        told: hears True once the worker serves.
    """
    configure(settings.log_level, worker=number, pid=os.getpid())
    supervisor = parent_process()
    assert supervisor is not None  # noqa: S101 - a worker is spawned

    def serving(seconds: float) -> None:
        log.info("worker serving", extra={"seconds": seconds})
        told.send(True)  # noqa: FBT003 - that it serves

    try:
        uvloop.run(serve(settings, lambda _port, seconds: serving(seconds), supervisor.sentinel))
    except StartError as error:
        sys.stderr.write(f"namesmith-server: {error}\n")
        sys.exit(1)
