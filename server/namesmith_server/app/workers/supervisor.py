"""The supervisor of several worker processes: starts, watches, restarts and stops them together.

Every worker listens on the shared port by itself (SO_REUSEPORT); the kernel spreads connections
over the workers. A worker is spawned, never forked, and ends when the supervisor ends, even if the
supervisor is killed. The controller decides in a thread of the supervisor which versions all of
them serve (``crew``).
"""

import logging
import math
import signal
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace
from multiprocessing import connection

from namesmith_server.app import signals
from namesmith_server.app.errors import StartError
from namesmith_server.app.keeping import GoodFilesKeeping
from namesmith_server.app.leading import serve_admin
from namesmith_server.app.leaving import leave
from namesmith_server.app.models import Controller, Faults, Watcher
from namesmith_server.app.observability import (
    Gathering,
    events,
    read_supervisor,
    serve_metrics,
)
from namesmith_server.app.settings import CANCEL_GRACE, Settings
from namesmith_server.app.transport import shared_port
from namesmith_server.app.workers.crew import Crew
from namesmith_server.app.workers.heartbeat import PERIOD
from namesmith_server.app.workers.worker_process import WorkerProcess
from namesmith_server.grpc import ChangeRefusedError, StoppingError

KILL_MARGIN = CANCEL_GRACE + 3.0
"""Seconds after the end of the grace at which a worker that still drains is killed."""

log = logging.getLogger(__name__)


class Supervisor:
    """Runs the workers of one server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._good_files = GoodFilesKeeping(settings)
        self._workers = [WorkerProcess(number) for number in range(settings.workers)]
        self._crew = Crew(
            self._workers, settings.load_timeout, self._wake_up, self._replace_refused
        )
        self._gathering = Gathering()
        self._announced = False
        self._controller = Controller(settings, [self._crew], events.count_reload)
        self._watcher = Watcher(self._controller, settings.watch)
        self._fault: BaseException | None = None  # of the controller's start
        self._reload_asked = False
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
            LoadError: no model can be served.
            StartError: a worker could not start, and not every worker has served yet.
        """
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signals.on_stop(self._stop_signals.append)  # the loop, which a signal wakes, heeds it
        if self._settings.metrics_address:
            serve_metrics(
                self._settings.metrics_address, lambda: read_supervisor(self._gathering.read())
            )
        with shared_port(self._settings.address) as port:
            host, _ = self._settings.address.rsplit(":", 1)
            self._settings = replace(self._settings, address=f"{host}:{port}")
            self._admin = serve_admin(self._settings, self._controller)
            threading.Thread(target=self._decide, name="controller", daemon=True).start()
            try:
                self._supervise(port)
            finally:
                self._stop_all()
        if self._aborted:
            log.warning("drain cut")
            leave(128 + signal.SIGINT)
        if not self._announced:
            signals.end_start(self._stop_signals[0])

    def _decide(self) -> None:
        """Have the controller start, in its thread, and then watch."""
        try:
            self._controller.start()
        except BaseException as error:  # noqa: BLE001 - the supervisor's thread raises it
            self._fault = error
            self._wake_up()
            return
        self._watcher.start()
        signals.on_reload(self._ask_reload)

    def _replace_refused(self, faults: Faults) -> None:
        """Have the controller serve other versions than those that a new worker refuses."""
        if not self._announced:  # which ends the start
            return

        def decide() -> None:
            with suppress(ChangeRefusedError, StoppingError):  # the controller has logged it
                self._controller.replace_refused(faults)

        threading.Thread(target=decide, name="recovery", daemon=True).start()

    def _ask_reload(self) -> None:
        """Have the supervisor ask for a reload; a signal may have interrupted it anywhere."""
        self._reload_asked = True
        self._wake_up()

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
        """Start the workers whose backoff is over."""
        if self._stopping:
            return
        for worker in self._workers:
            if worker.process is None and worker.due <= time.monotonic():
                joins = any(one.serving for one in self._workers)
                samples = self._gathering.connect(worker.number)
                settings = self._good_files.settings_of_worker(self._settings)
                worker.start(settings, samples, joins=joins)

    def _wait(self) -> None:
        """Wait for a worker, for a signal, for the controller, or until something is due."""
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
        self._crew.attend()
        for worker in self._workers:
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

    def _wake_up(self) -> None:
        """End the wait of the supervisor, from any thread."""
        with suppress(BlockingIOError):  # it is awake
            self._waker.send(b"\0")

    def _reap(self, worker: WorkerProcess) -> None:
        """Plan a new start for a worker whose process has died, unless the drain has begun."""
        self._crew.lose(worker)
        refusal = worker.refusal
        code = worker.reap()
        if self._stop_signals:
            return
        if not self._announced and (code == 1 or refusal):
            raise StartError(refusal)
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
        """Begin the drain at the first signal, and cut it at a later SIGINT; have models reloaded.

        Raises:
            StartError: the controller could not start.
        """
        if self._stop_signals and not self._stopping:
            self._drain()
        if self._fault is not None and not self._stopping:
            raise self._fault
        if self._reload_asked:
            self._reload_asked = False
            self._watcher.ask()
        if signal.SIGINT in self._stop_signals[1:] and not self._aborted:
            self._aborted = True
            self._kill()

    def _drain(self) -> None:
        """Begin the drain of the workers that serve; the others have nothing to finish."""
        settings = self._settings
        self._stopping = True
        self._controller.stop()
        self._crew.close()
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
