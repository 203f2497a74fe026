"""The supervisor of several worker processes: starts, watches, restarts and stops them together.

Every worker listens on the shared port by itself (SO_REUSEPORT); the kernel spreads connections
over the workers. A worker is spawned, never forked, and ends when the supervisor ends, even if the
supervisor is killed. The versions that the first worker serves are those of every other worker and
of every worker that is started again.
"""

import logging
import math
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing import connection

from namesmith_server.app.errors import StartError
from namesmith_server.app.settings import CANCEL_GRACE, Settings
from namesmith_server.app.transport import shared_port
from namesmith_server.app.workers.heartbeat import PERIOD
from namesmith_server.app.workers.signals import DRAINING, IGNORED
from namesmith_server.app.workers.worker_process import WorkerProcess

KILL_MARGIN = CANCEL_GRACE + 3.0
"""Seconds after the end of the grace at which a worker that still drains is killed."""

log = logging.getLogger(__name__)


class Supervisor:
    """Runs the workers of one server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._workers = [WorkerProcess(number) for number in range(settings.workers)]
        self._pinned: Mapping[str, int] = {}
        self._announced = False
        self._signals: deque[int] = deque()
        self._stopping = False
        self._interrupted = False
        self._aborted = False
        self._kill_deadline = math.inf  # monotonic time, seconds
        self._next_look = 0.0  # monotonic time, seconds
        self._wake, self._waker = socket.socketpair()
        for end in (self._wake, self._waker):
            end.setblocking(False)  # noqa: FBT003 - the socket's own interface

    def run(self) -> None:
        """Run until a signal of ``DRAINING``, then until every worker has drained.

        Exits with the status of an interrupted program at a SIGINT during the start or the drain.

        Raises:
            PortError: the address cannot be listened on.
            StartError: a worker could not start, and not every worker has served yet.
        """
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        for number in (*DRAINING, *IGNORED):
            signal.signal(number, self._on_signal)
        with shared_port(self._settings.address) as port:
            host, _ = self._settings.address.rsplit(":", 1)
            self._settings = replace(self._settings, address=f"{host}:{port}")
            try:
                self._supervise(port)
            finally:
                self._stop_all()
        if self._interrupted:
            sys.exit(128 + signal.SIGINT)

    def _supervise(self, port: int) -> None:
        """Start, watch and restart the workers until they have drained."""
        while any(worker.process for worker in self._workers) or not self._stopping:
            self._heed_signals()
            self._start_due()
            self._wait()
            self._collect(port)
            self._look()
            if self._aborted or time.monotonic() > self._kill_deadline:
                self._kill()

    def _start_due(self) -> None:
        """Start the workers whose backoff is over; one alone loads models until it serves."""
        if self._stopping:
            return
        for worker in self._workers:
            if worker.process is None and worker.due <= time.monotonic():
                worker.start(self._settings)
            if self._pinned or worker.number == 0:
                worker.order(self._pinned)

    def _wait(self) -> None:
        """Wait for a worker that serves or ends, for a signal, or until something is due."""
        due = [self._kill_deadline, self._next_look]
        if not self._stopping:
            due += [worker.due for worker in self._workers if worker.process is None]
        events = [self._wake, *(event for worker in self._workers for event in worker.events())]
        timeout = max(0.0, min(due) - time.monotonic())
        connection.wait(events, timeout)  # type: ignore[arg-type]
        try:
            self._wake.recv(64)
        except BlockingIOError:
            return

    def _collect(self, port: int) -> None:
        """Note which workers have begun to serve and which have ended."""
        for worker in self._workers:
            versions = worker.hear()
            if versions and not self._pinned:
                self._pinned = versions
            if worker.has_ended():
                self._reap(worker)
        if not self._announced and all(worker.serving for worker in self._workers):
            self._announced = True
            started = {
                "address": self._settings.address,
                "port": port,
                "workers": len(self._workers),
            }
            log.info("serving", extra=started)

    def _reap(self, worker: WorkerProcess) -> None:
        """Plan a new start for a worker whose process has died, unless the drain has begun."""
        code = worker.reap()
        if self._stopping:
            return
        if not self._announced and code == 1:
            raise StartError
        worker.tell_death(code)

    def _look(self) -> None:
        """Look for the heartbeats once a period, and never twice to make up for a pause."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + PERIOD
        if not self._stopping:
            for worker in self._workers:
                worker.look(self._settings.load_timeout)

    def _on_signal(self, number: int, _frame: object) -> None:
        """Note a signal; the loop, which the signal wakes, heeds it."""
        self._signals.append(number)

    def _heed_signals(self) -> None:
        """Begin the drain, cut it, or log a signal that has no effect."""
        while self._signals:
            number = self._signals.popleft()
            if number in IGNORED:
                log.info("signal ignored: %s", signal.Signals(number).name)
            elif not self._stopping:
                self._interrupted = number == signal.SIGINT and not self._announced
                self._drain()
            elif number == signal.SIGINT:
                self._aborted = self._interrupted = True

    def _drain(self) -> None:
        """Begin the drain of the workers that serve; the others have nothing to finish."""
        grace = self._settings.grace_seconds
        self._stopping = True
        if self._announced:
            log.info("draining", extra={"grace_seconds": grace})
        self._kill_deadline = time.monotonic() + grace + KILL_MARGIN
        for worker in self._workers:
            worker.stop()

    def _kill(self) -> None:
        """Kill the workers that have not drained in time."""
        self._kill_deadline, self._aborted = math.inf, False
        for worker in self._workers:
            if worker.process is not None:
                log.error("worker killed", extra={"worker": worker.number})
                worker.process.kill()

    def _stop_all(self) -> None:
        """Stop every worker that is left: no worker outlives the supervisor."""
        for worker in self._workers:
            worker.stop()
        for worker in self._workers:
            if worker.process is not None:
                worker.process.join(self._settings.grace_seconds + KILL_MARGIN)
                worker.process.kill()
