"""One of several worker processes: serves on the shared port, ends with its supervisor."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing import parent_process
from multiprocessing.connection import Connection

import uvloop

from namesmith_server.app.errors import StartError
from namesmith_server.app.lifecycle import serve
from namesmith_server.app.logging import configure_logging
from namesmith_server.app.settings import Settings
from namesmith_server.app.workers.heartbeat import Heart
from namesmith_server.app.workers.signals import IGNORED

log = logging.getLogger(__name__)


def run_worker(settings: Settings, number: int, line: Connection, beats: Connection) -> None:
    """Run a worker until SIGTERM stops it or its supervisor has ended.

    The signals of a terminal (``signals.BLOCKED``) are blocked since the start of the process: they
    reach the supervisor too, which stops all workers. Exits with 1 when the worker cannot serve,
    after a line on standard error that says why.

    Args:
        settings: settings of the server; all workers share the port.
        number: number of the worker, which all its log lines hold.
        line: connection that gives the version of each model that must be served, none for the
            first worker of a server; takes the versions that are served, once they are.
        beats: pipe of the heartbeat.
    """
    configure_logging(settings.log_level, worker=number, pid=os.getpid())
    try:
        pinned: Mapping[str, int] = line.recv()
    except EOFError:  # the supervisor has ended
        return
    if pinned:  # a model that has come since the first worker loaded is none of this server's
        settings = replace(settings, only=tuple(pinned))
    try:
        uvloop.run(_work(settings, pinned, line, beats))
    except StartError as error:
        sys.stderr.write(f"namesmith-server: {error}\n")
        sys.exit(1)


async def _work(
    settings: Settings, pinned: Mapping[str, int], line: Connection, beats: Connection
) -> None:
    """Serve the pinned versions, and tell the supervisor which versions are served."""
    supervisor = parent_process()
    assert supervisor is not None  # noqa: S101 - a worker is spawned

    def on_serving(_port: int, seconds: float, versions: Mapping[str, int]) -> None:
        log.info("worker serving", extra={"seconds": seconds})
        line.send(versions)

    loop = asyncio.get_running_loop()
    for number in IGNORED:
        loop.add_signal_handler(number, log.info, "signal ignored: %s", number.name)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, IGNORED)
    Heart(beats)
    await serve(settings, on_serving, supervisor.sentinel, pinned)
