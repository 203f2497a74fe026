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
import time
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing import connection

from namesmith_server.app import signals
from namesmith_server.app.errors import StartError
from namesmith_server.app.leaving import leave
from namesmith_server.app.settings import CANCEL_GRACE, Settings
from namesmith_server.app.transport import shared_port
from namesmith_server.app.workers.heartbeat import PERIOD
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
        self._stop_signals: list[int] = []
        self._stopping = False
        self._aborted = False
        self._kill_deadline = math.inf  # monotonic time, seconds
        self._next_look = 0.0  # monotonic time, seconds
        self._wake, self._waker = socket.socketpair()
        for end in (self._wake, self._waker):
            end.setblocking(False)  # noqa: FBT003 - the socket's own interface

    def run(self) -> None:
        """Run until a signal stops the server, then until every worker has drained.

        A signal during the start ends the process, and so does a SIGINT during the drain.

        Raises:
            PortError: the address cannot be listened on.
            StartError: a worker could not start, and not every worker has served yet.
        """
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signals.on_stop(self._stop_signals.append)  # the loop, which a signal wakes, heeds it
        with shared_port(self._settings.address) as port:
            host, _ = self._settings.address.rsplit(":", 1)
            self._settings = replace(self._settings, address=f"{host}:{port}")
            try:
                self._supervise(port)
            finally:
                self._stop_all()
        if self._aborted:
            log.warning("drain cut")
            leave(128 + signal.SIGINT)
        if not self._announced:
            signals.end_start(self._stop_signals[0])

    def _supervise(self, port: int) -> None:
        """Start, watch and restart the workers until they have drained."""
        while any(worker.process for worker in self._workers) or not self._stopping:
            self._heed_signals()
            self._start_due()
            self._wait()
            self._collect(port)
            self._look()
            if time.monotonic() > self._kill_deadline:
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
        if self._announced or self._stop_signals:
            return
        if all(worker.serving for worker in self._workers):
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
        if self._stop_signals:
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

    def _heed_signals(self) -> None:
        """Begin the drain at the first signal, and cut it at a later SIGINT."""
        if self._stop_signals and not self._stopping:
            self._drain()
        if signal.SIGINT in self._stop_signals[1:] and not self._aborted:
            self._aborted = True
            self._kill()

    def _drain(self) -> None:
        """Begin the drain of the workers that serve; the others have nothing to finish."""
        settings = self._settings
        self._stopping = True
        if self._announced:
            delay, grace = settings.drain_delay_seconds, settings.grace_seconds
            log.info("draining", extra={"delay_seconds": delay, "grace_seconds": grace})
        self._kill_deadline = time.monotonic() + settings.stopping_seconds + KILL_MARGIN
        for worker in self._workers:
            worker.stop()

    def _kill(self) -> None:
        """Kill the workers that have not drained in time."""
        self._kill_deadline = math.inf
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
                worker.process.join(self._settings.stopping_seconds + KILL_MARGIN)
                worker.process.kill()
