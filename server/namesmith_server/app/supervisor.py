"""Several worker processes behind one port: started, watched, restarted, stopped together.

Every worker listens on the port by itself (SO_REUSEPORT); the kernel spreads connections over
them. Workers are spawned, never forked, and end when the supervisor does, however it ends.
"""

import logging
import math
import signal
import socket
import sys
import time
from dataclasses import dataclass, field, replace
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from namesmith_server.app.address import reserve
from namesmith_server.app.errors import StartError
from namesmith_server.app.settings import Settings
from namesmith_server.app.worker import work

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 10.0
"""Seconds before a dead worker is started again: doubled each time that it dies young."""

YOUNG = 10.0
"""Seconds."""

MARGIN = 5.0
"""Seconds after its grace in which a worker must have ended."""

log = logging.getLogger(__name__)


@dataclass
class Worker:
    """A place that a process fills.

    Attributes:
        number: from 0.
        process: that fills it; None while it waits to be started.
        ready: becomes readable when the process serves.
        serving: whether the process serves.
        started: when it was, seconds of the monotonic clock.
        pause: seconds to wait before the next start.
        due: when that is.
    """

    number: int
    process: BaseProcess | None = None
    ready: "Connection | None" = None
    serving: bool = False
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = field(default=0.0)


class Supervisor:
    """Runs the workers of one server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._workers = [Worker(number) for number in range(settings.workers)]
        self._told = False
        self._signalled = False
        self._stopping = False
        self._cut = False
        self._patience = math.inf  # the monotonic time at which workers that drain are killed
        self._wake, self._waker = socket.socketpair()
        for end in (self._wake, self._waker):
            end.setblocking(False)  # noqa: FBT003 - the socket's own interface

    def run(self) -> None:
        """Runs until SIGTERM or SIGINT, then until every worker has drained.

        Exits as SIGINT does at one that comes while they drain.

        Raises:
            PortError: the address cannot be listened on.
            StartError: a worker could not start at the first time.
        """
        reserved = reserve(self._settings.address)
        host, _ = self._settings.address.rsplit(":", 1)
        self._port = reserved.getsockname()[1]
        self._settings = replace(self._settings, address=f"{host}:{self._port}")
        signal.set_wakeup_fd(self._waker.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._heed)
        try:
            while any(worker.process for worker in self._workers) or not self._stopping:
                self._start_due()
                self._wait()
                self._collect()
                if self._signalled and not self._stopping:
                    self._drain()
                if self._cut or time.monotonic() > self._patience:
                    self._kill()
            if self._cut:
                sys.exit(128 + signal.SIGINT)
        finally:
            self._end()
            reserved.close()

    def _start_due(self) -> None:
        """Starts the workers whose pause is over."""
        for worker in self._workers:
            if worker.process is None and not self._stopping and worker.due <= time.monotonic():
                self._start(worker)

    def _start(self, worker: Worker) -> None:
        context = get_context("spawn")
        worker.ready, told = context.Pipe(duplex=False)
        worker.process = context.Process(
            target=work, args=(self._settings, worker.number, told), name=f"worker-{worker.number}"
        )
        worker.process.start()
        told.close()  # so that the end of the process is the end of the pipe
        worker.started, worker.serving = time.monotonic(), False

    def _wait(self) -> None:
        """Until a worker serves or ends, a signal comes, or a pause or the patience is over."""
        events: list[object] = [self._wake]
        pauses = [max(0.0, self._patience - time.monotonic())]
        for worker in self._workers:
            if worker.process is None:
                if not self._stopping:
                    pauses.append(max(0.0, worker.due - time.monotonic()))
            else:
                events.append(worker.process.sentinel)
                if worker.ready is not None:
                    events.append(worker.ready)
        pause = min(pauses)
        connection.wait(events, pause if pause < math.inf else None)  # type: ignore[arg-type]
        try:
            self._wake.recv(64)
        except BlockingIOError:
            return

    def _collect(self) -> None:
        """Takes note of the workers that serve, and of those that ended."""
        for worker in self._workers:
            if worker.ready is not None and worker.ready.poll():
                self._hear(worker)
            if worker.process is not None and worker.process.exitcode is not None:
                self._bury(worker)
        if not self._told and all(worker.serving for worker in self._workers):
            self._told = True
            started = {
                "address": self._settings.address,
                "port": self._port,
                "workers": len(self._workers),
            }
            log.info("serving", extra=started)

    @staticmethod
    def _hear(worker: Worker) -> None:
        assert worker.ready is not None  # noqa: S101 - the caller has looked
        try:
            worker.serving = worker.ready.recv()
        except EOFError:
            worker.serving = False
        worker.ready.close()
        worker.ready = None

    def _bury(self, worker: Worker) -> None:
        """Plans a new start for a worker that ended unasked."""
        assert worker.process is not None  # noqa: S101 - the caller has looked
        code = worker.process.exitcode
        worker.process.close()
        worker.process = None
        if self._stopping:
            return
        if not self._told and code == 1:
            raise StartError
        young = time.monotonic() - worker.started < YOUNG
        worker.pause = min(worker.pause * 2, LONGEST_PAUSE) if young else FIRST_PAUSE
        worker.due = time.monotonic() + worker.pause
        worker.serving = False
        died = {"worker": worker.number, "status": code, "pause_seconds": worker.pause}
        log.error("worker died", extra=died)

    def _heed(self, number: int, _frame: object) -> None:
        """Takes note of a signal; the loop, which it wakes, acts on it."""
        self._cut |= self._stopping and number == signal.SIGINT
        self._signalled = True

    def _drain(self) -> None:
        """Passes the signal on."""
        grace = self._settings.grace_seconds
        self._stopping = True
        log.info("draining", extra={"grace_seconds": grace})
        self._patience = time.monotonic() + grace + MARGIN
        for worker in self._workers:
            if worker.process is not None:
                worker.process.terminate()

    def _kill(self) -> None:
        """Ends the workers that have not drained in time."""
        self._patience = math.inf
        for worker in self._workers:
            if worker.process is not None:
                log.error("worker killed", extra={"worker": worker.number})
                worker.process.kill()

    def _end(self) -> None:
        """No worker outlives the supervisor."""
        self._stopping = True
        for worker in self._workers:
            if worker.process is not None:
                worker.process.terminate()
                worker.process.join(self._settings.grace_seconds + MARGIN)
                worker.process.kill()
