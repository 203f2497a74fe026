"""A worker as the supervisor sees it: a process that is started, heard, watched and ended."""

import logging
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from namesmith_server.app.settings import Settings
from namesmith_server.app.workers.heartbeat import Pulse
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
        serving: whether the process serves.
        due: monotonic time of the next start, seconds.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: BaseProcess | None = None
        self.serving = False
        self.due = 0.0
        self._line: Connection | None = None
        self._pulse: Pulse | None = None
        self._ordered = False
        self._started = 0.0  # monotonic time, seconds
        self._backoff = FIRST_BACKOFF

    def start(self, settings: Settings, samples: Connection) -> None:
        """Start the process, which waits for its order before it loads models.

        The process alone keeps the pipe of its samples.
        """
        context = get_context("spawn")
        self._line, theirs = context.Pipe()
        beats, their_beats = context.Pipe(duplex=False)
        self._pulse = Pulse(beats)
        self.process = context.Process(
            target=run_worker,
            args=(settings, self.number, theirs, their_beats, samples),
            name=f"worker-{self.number}",
        )
        with _blocked():
            resource_tracker.ensure_running()  # unblocks SIGINT behind its own start
        with _blocked():
            self.process.start()
        for end in (
            theirs,
            their_beats,
            samples,
        ):  # so that the end of the process is the end of the pipes
            end.close()
        self._started, self._ordered, self.serving = time.monotonic(), False, False

    def order(self, pinned: Mapping[str, int]) -> None:
        """Let a process that waits for its order load models: these versions, or the newest."""
        if self._line is not None and not self._ordered:
            self._ordered = True
            try:
                self._line.send(pinned)
            except BrokenPipeError:  # the process has ended
                return

    def events(self) -> Iterator[object]:
        """Iterate over the objects to wait for: the process's end, and its word that it serves."""
        if self.process is not None:
            yield self.process.sentinel
            if self._line is not None:
                yield self._line

    def hear(self) -> Mapping[str, int] | None:
        """Return the versions that the process says it serves; None where it has said nothing.

        The end of its line says that it has ended.
        """
        if self._line is None or not self._line.poll():
            return None
        try:
            versions: Mapping[str, int] = self._line.recv()
        except (EOFError, ConnectionResetError):
            versions = {}
        self._line.close()
        self._line = None
        self.serving = bool(versions)
        return versions or None

    def look(self, load_timeout: float) -> None:
        """Look for the heartbeat of a process that works, and kill the process where it hangs."""
        if self.process is None or self._pulse is None or not self._ordered:
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
        died_early = time.monotonic() - self._started < MIN_UPTIME
        self._backoff = min(self._backoff * 2, MAX_BACKOFF) if died_early else FIRST_BACKOFF
        self.due = time.monotonic() + self._backoff
        self.serving = False
        return code

    def tell_death(self, code: int) -> None:
        """Log that the process has ended by itself."""
        died = {"worker": self.number, "status": code, "pause_seconds": self._backoff}
        log.error("worker died", extra=died)

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
