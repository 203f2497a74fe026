"""The supervisor of several worker processes: starts, watches, restarts and stops them together.

Every worker listens on the shared port by itself (SO_REUSEPORT); the kernel spreads connections
over the workers. A worker is spawned, never forked, and ends when the supervisor ends, even if the
supervisor is killed.
"""

import logging
import math
import signal
import socket
import sys
import time
from dataclasses import dataclass, replace
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from namesmith_server.app import signals
from namesmith_server.app.errors import StartError
from namesmith_server.app.settings import CANCEL_GRACE, Settings
from namesmith_server.app.transport import bind_shared_port
from namesmith_server.app.workers.worker import run_worker

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

FIRST_BACKOFF = 0.1
"""Seconds before a worker is started again that died after MIN_UPTIME; the smallest backoff."""

MAX_BACKOFF = 10.0
"""Largest backoff in seconds: it doubles each time that the worker dies before MIN_UPTIME."""

MIN_UPTIME = 10.0
"""Seconds that a worker must run before it dies for the backoff to be FIRST_BACKOFF again."""

KILL_MARGIN = CANCEL_GRACE + 3.0
"""Seconds after the end of the grace at which a worker that still drains is killed."""

log = logging.getLogger(__name__)


@dataclass
class Worker:
    """A worker's number, and the process that does its work at present.

    Attributes:
        number: number of the worker, from 0.
        process: the process; None before the next start.
        ready: pipe that becomes readable when the process serves or has ended; None once it was
            read.
        serving: whether the process serves.
        started: monotonic time of the last start, seconds.
        backoff: seconds between the last death and the next start.
        due: monotonic time of the next start, seconds.
    """

    number: int
    process: BaseProcess | None = None
    ready: "Connection | None" = None
    serving: bool = False
    started: float = 0.0
    backoff: float = FIRST_BACKOFF
    due: float = 0.0


class Supervisor:
    """Runs the workers of one server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._workers = [Worker(number) for number in range(settings.workers)]
        self._announced = False
        self._signalled = False
        self._stopping = False
        self._aborted = False
        self._kill_deadline = math.inf  # monotonic time, seconds
        self._wake, self._waker = socket.socketpair()
        for end in (self._wake, self._waker):
            end.setblocking(False)  # noqa: FBT003 - the socket's own interface

    def run(self) -> None:
        """Run until SIGTERM or SIGINT, then until every worker has drained.

        Exits with the status of an interrupted program at a SIGINT during the drain.

        Raises:
            PortError: the address cannot be listened on.
            StartError: a worker could not start, and not every worker has served yet.
        """
        shared = bind_shared_port(self._settings.address)
        host, _ = self._settings.address.rsplit(":", 1)
        self._port = shared.getsockname()[1]
        self._settings = replace(self._settings, address=f"{host}:{self._port}")
        signal.set_wakeup_fd(self._waker.fileno())
        signals.on_stop(self._on_signal)
        try:
            while any(worker.process for worker in self._workers) or not self._stopping:
                self._start_due()
                self._wait()
                self._collect()
                if self._signalled and not self._stopping:
                    self._drain()
                if self._aborted or time.monotonic() > self._kill_deadline:
                    self._kill()
            if self._aborted:
                sys.exit(128 + signal.SIGINT)
        finally:
            self._stop_all()
            shared.close()

    def _start_due(self) -> None:
        """Start the workers whose backoff is over."""
        for worker in self._workers:
            if worker.process is None and not self._stopping and worker.due <= time.monotonic():
                self._start(worker)

    def _start(self, worker: Worker) -> None:
        context = get_context("spawn")
        worker.ready, theirs = context.Pipe(duplex=False)
        worker.process = context.Process(
            target=run_worker,
            args=(self._settings, worker.number, theirs),
            name=f"worker-{worker.number}",
        )
        worker.process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        worker.started, worker.serving = time.monotonic(), False

    def _wait(self) -> None:
        """Wait for a worker that serves or ends, a signal, or the end of a backoff or drain."""
        events: list[object] = [self._wake]
        timeouts = [max(0.0, self._kill_deadline - time.monotonic())]
        for worker in self._workers:
            if worker.process is None:
                if not self._stopping:
                    timeouts.append(max(0.0, worker.due - time.monotonic()))
            else:
                events.append(worker.process.sentinel)
                if worker.ready is not None:
                    events.append(worker.ready)
        timeout = min(timeouts)
        connection.wait(events, timeout if timeout < math.inf else None)  # type: ignore[arg-type]
        try:
            self._wake.recv(64)
        except BlockingIOError:
            return

    def _collect(self) -> None:
        """Note which workers have begun to serve and which have ended."""
        for worker in self._workers:
            if worker.ready is not None and worker.ready.poll():
                self._read_ready(worker)
            if worker.process is not None and worker.process.exitcode is not None:
                self._reap(worker)
        if not self._announced and all(worker.serving for worker in self._workers):
            self._announced = True
            started = {
                "address": self._settings.address,
                "port": self._port,
                "workers": len(self._workers),
            }
            log.info("serving", extra=started)

    @staticmethod
    def _read_ready(worker: Worker) -> None:
        """Note whether the process serves; the end of its pipe says that it has ended."""
        assert worker.ready is not None  # noqa: S101 - the caller has looked
        try:
            worker.serving = worker.ready.recv()
        except EOFError:
            worker.serving = False
        worker.ready.close()
        worker.ready = None

    def _reap(self, worker: Worker) -> None:
        """Plan a new start for a worker whose process has died, unless the drain has begun."""
        assert worker.process is not None  # noqa: S101 - the caller has looked
        code = worker.process.exitcode
        worker.process.close()
        worker.process = None
        if self._stopping:
            return
        if not self._announced and code == 1:
            raise StartError
        died_early = time.monotonic() - worker.started < MIN_UPTIME
        worker.backoff = min(worker.backoff * 2, MAX_BACKOFF) if died_early else FIRST_BACKOFF
        worker.due = time.monotonic() + worker.backoff
        worker.serving = False
        died = {"worker": worker.number, "status": code, "pause_seconds": worker.backoff}
        log.error("worker died", extra=died)

    def _on_signal(self, number: int) -> None:
        """Note a signal; the loop, which the signal wakes, acts on it."""
        self._aborted |= self._stopping and number == signal.SIGINT
        self._signalled = True

    def _drain(self) -> None:
        """Begin the drain of every worker."""
        grace = self._settings.grace_seconds
        self._stopping = True
        log.info("draining", extra={"grace_seconds": grace})
        self._kill_deadline = time.monotonic() + grace + KILL_MARGIN
        for worker in self._workers:
            if worker.process is not None:
                worker.process.terminate()

    def _kill(self) -> None:
        """Kill the workers that have not drained in time."""
        self._kill_deadline = math.inf
        for worker in self._workers:
            if worker.process is not None:
                log.error("worker killed", extra={"worker": worker.number})
                worker.process.kill()

    def _stop_all(self) -> None:
        """Stop every worker that is left: no worker outlives the supervisor."""
        self._stopping = True
        for worker in self._workers:
            if worker.process is not None:
                worker.process.terminate()
                worker.process.join(self._settings.grace_seconds + KILL_MARGIN)
                worker.process.kill()
