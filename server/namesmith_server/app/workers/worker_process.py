"""A worker as the supervisor sees it: a process that is started, heard, watched and ended."""

import logging
import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from namesmith_server.app.models import Plan
from namesmith_server.app.settings import Settings
from namesmith_server.app.workers.heartbeat import Pulse
from namesmith_server.app.workers.messages import Answer, Order
from namesmith_server.app.workers.worker import BLOCKED, run_worker

FIRST_BACKOFF = 0.1
"""Seconds before a worker is started again that died after MIN_UPTIME; the smallest backoff."""

MAX_BACKOFF = 10.0
"""Largest backoff in seconds: it doubles each time that the worker dies before MIN_UPTIME."""

MIN_UPTIME = 10.0
"""Seconds that a worker must run before it dies for the backoff to be FIRST_BACKOFF again."""

MOST_MISSED = 10
"""Largest number of beats that a worker may miss while it serves."""

MOST_MISSED_AT_START = 60
"""Largest number of beats, beyond a load's seconds, that a worker may miss before it serves:
imports and runtimes may keep its event loop waiting."""

log = logging.getLogger(__name__)


class WorkerProcess:
    """A worker's number, and the process that does its work at present.

    Attributes:
        number: number of the worker, from 0.
        process: the process; None before the next start.
        order: the order that the process has not answered yet; None: it is idle.
        prepared: the plan that the process has prepared last.
        plan: the plan that the process serves; None before it serves.
        refusal: why the process cannot serve the plan of the others; empty without a reason.
        due: monotonic time of the next start, seconds.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: BaseProcess | None = None
        self.order: Order | None = None
        self.prepared: Plan | None = None
        self.plan: Plan | None = None
        self.refusal = ""
        self.due = 0.0
        self._line: Connection | None = None
        self._pulse: Pulse | None = None
        self._answer_due = math.inf  # monotonic time, seconds
        self._started = 0.0  # monotonic time, seconds
        self._backoff = FIRST_BACKOFF

    @property
    def serving(self) -> bool:
        """True if the process serves."""
        return self.plan is not None

    @property
    def is_idle(self) -> bool:
        """True if the process can be given an order."""
        return self._line is not None and self.order is None

    def start(self, settings: Settings, samples: Connection, *, joins: bool) -> None:
        """Start the process, which waits for its orders before it loads models.

        The process alone keeps the pipe of its samples. It listens once it serves where it joins
        others that serve.
        """
        context = get_context("spawn")
        self._line, theirs = context.Pipe()
        beats, their_beats = context.Pipe(duplex=False)
        self._pulse = Pulse(beats)
        self.process = context.Process(
            target=run_worker,
            args=(settings, self.number, theirs, their_beats, samples),
            kwargs={"joins": joins},
            name=f"worker-{self.number}",
        )
        with _blocked():
            resource_tracker.ensure_running()  # unblocks SIGINT behind its own start
        with _blocked():
            self.process.start()
        for end in (theirs, their_beats, samples):  # so that the process's end is the pipes'
            end.close()
        self._started = time.monotonic()

    def give(self, order: Order, seconds: float) -> None:
        """Give an idle process an order that it must answer within some seconds."""
        assert self._line is not None  # noqa: S101 - the caller has looked
        self.order, self._answer_due = order, time.monotonic() + seconds
        with suppress(OSError):  # the process has ended
            self._line.send(order)

    def is_late(self) -> bool:
        """Tell whether the process has not answered its order in time."""
        return self.order is not None and time.monotonic() > self._answer_due

    def events(self) -> Iterator[object]:
        """Iterate over the objects to wait for: the process's end, and its answers."""
        if self.process is not None:
            yield self.process.sentinel
            if self._line is not None:
                yield self._line

    def hear(self) -> Iterator[Answer]:
        """Iterate over the answers that the process has given; the line ends with the process."""
        while self._line is not None and self._line.poll():
            try:
                yield self._line.recv()
            except (EOFError, OSError):
                self._line.close()
                self._line = None

    def look(self, load_timeout: float) -> None:
        """Look for the heartbeat of a process that works, and kill the process where it hangs."""
        if self.process is None or self._pulse is None:
            return
        self._pulse.look()
        most = MOST_MISSED if self.serving else MOST_MISSED_AT_START + load_timeout
        if self._pulse.missed > most:
            hung = {"worker": self.number, "seconds": self._pulse.missed}
            log.error("worker hung", extra=hung)
            self.process.kill()
            self._pulse.missed = 0

    def has_ended(self) -> bool:
        """Tell whether a process was started and has ended."""
        return self.process is not None and self.process.exitcode is not None

    def reap(self) -> int:
        """Forget the process, which has ended, plan the next one, and return the exit status."""
        assert self.process is not None  # noqa: S101 - the caller has looked
        code = self.process.exitcode or 0
        self.process.close()
        for end in (self._line, self._pulse):
            if end is not None:
                end.close()
        self.process = self._line = self._pulse = None
        self.order = self.prepared = self.plan = None
        self.refusal = ""
        died_early = time.monotonic() - self._started < MIN_UPTIME
        self._backoff = min(self._backoff * 2, MAX_BACKOFF) if died_early else FIRST_BACKOFF
        self.due = time.monotonic() + self._backoff
        return code

    def tell_death(self, code: int) -> None:
        """Log that the process has ended by itself."""
        died = {"worker": self.number, "status": code, "pause_seconds": self._backoff}
        log.error("worker died", extra=died)

    def kill_if_late(self) -> None:
        """Kill a process that has not answered its order in time."""
        if self.is_late():
            log.error("worker late", extra={"worker": self.number})
            self.kill()

    def refuse(self, reason: str) -> None:
        """Kill a process that cannot serve the plan of the others."""
        self.refusal = reason
        log.error("worker cannot serve", extra={"worker": self.number, "reason": reason})
        self.kill()

    def kill(self) -> None:
        """End the process at once; another takes its place."""
        self._answer_due = math.inf
        if self.process is not None:
            self.process.kill()

    def stop(self) -> None:
        """Begin the drain of a process that serves; a process that does not serve is killed."""
        if self.process is not None:
            if self.serving:
                self.process.terminate()
            else:
                self.process.kill()


@contextmanager
def _blocked() -> Iterator[None]:
    """Block the signals of ``BLOCKED``, also in a process that starts in the block, for good."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
