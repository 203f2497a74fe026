"""Cooperative scheduling of long work in threads: a short task does not wait for a long one to end.

One thread works at a time, for a slice, and hands its turn on in the order of arrival: however many
tasks there are, they take one core, and the event loop keeps the other cores. A task that nobody
waits for any more ends at its next checkpoint.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from contextvars import ContextVar
from traceback import clear_frames
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from namesmith_server.engine.concurrency.claim import Claim, OutgrownError
from namesmith_server.engine.concurrency.priority import LONG_WORK, background_threads
from namesmith_server.engine.core import set_checkpoint_hook, set_reserve_hook
from namesmith_server.engine.errors import EngineError

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4
"""Largest number of tasks that take turns; a further task waits until one of these ends."""

EXPECTED = EngineError, OutgrownError, CancelledError
"""Errors of work that are no faults of the program."""

SLICE = 0.005
"""Seconds after which another task has its turn."""


class CooperativeExecutor(Executor):
    """An ``Executor`` whose tasks take turns, handing on at their checkpoints.

    Cancelling a future also ends a task that has begun.
    """

    def __init__(self) -> None:
        """Set the hooks: tasks take turns at checkpoints, and reserve bytes of their claims."""
        set_checkpoint_hook(_checkpoint_current_task)
        set_reserve_hook(_reserve_for_current_task)
        self._pool = background_threads(THREADS, "cooperative", LONG_WORK)
        self._lock = FairLock()
        self._tasks: set[CooperativeTask[Any]] = set()

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Schedule ``work(*args, **kwargs)`` and return its future."""
        return self.schedule(lambda: work(*args, **kwargs), None)

    def schedule(self, work: Callable[[], T], claim: Claim | None) -> "CooperativeTask[T]":
        """Schedule work, which may hold the bytes of a claim, and return its future.

        Without a claim it may hold any number of bytes.
        """
        task = CooperativeTask(self._lock, work, claim)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)  # which keeps no task alive
        self._pool.submit(task.run)
        return task

    def within(self, claim: Claim) -> "ClaimExecutor":
        """Return an executor whose tasks take turns with all others and hold bytes of a claim."""
        return ClaimExecutor(self, claim)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - Executor's signature
        """Refuse further tasks; ``cancel_futures`` also ends the tasks that have begun."""
        for task in tuple(self._tasks) if cancel_futures else ():
            task.cancel()
        self._pool.shutdown(wait)


class ClaimExecutor(Executor):
    """An ``Executor`` whose tasks together hold the bytes of a claim, one task after the other."""

    def __init__(self, executor: CooperativeExecutor, claim: Claim) -> None:
        self._executor = executor
        self._claim = claim

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Schedule ``work(*args, **kwargs)`` and return its future."""
        task = self._executor.schedule(lambda: work(*args, **kwargs), self._claim)
        self._claim.tasks.add(task)
        task.add_done_callback(self._claim.tasks.discard)  # so that neither keeps the other alive
        return task


class FairLock:
    """A lock that is handed on in the order of arrival.

    A thread holds the guard for moments, and waits for nothing while it holds the guard.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self) -> None:
        """Wait for the lock, behind all threads that wait already."""
        mine = threading.Lock()
        mine.acquire()
        with self._guard:
            if not self._held:
                self._held = True
                return
            self._waiting.append(mine)
        mine.acquire()  # released by the thread that hands the lock on

    def release(self) -> None:
        """Hand the lock to the thread that has waited longest, or free it where no thread waits."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False

    @property
    def is_contended(self) -> bool:
        """True if another thread waits for the lock."""
        return bool(self._waiting)


class CooperativeTask(Future[T]):
    """A piece of work, which holds the lock while it runs, and the future of its result."""

    def __init__(self, lock: FairLock, work: Callable[[], T], claim: Claim | None) -> None:
        super().__init__()
        self._lock = lock
        self._work = work
        self._claim = claim
        self._abandoned = False
        self._since = 0.0

    def cancel(self) -> bool:
        """Cancel the task; a task that has begun ends at its next checkpoint.

        Returns whether the task had not ended.
        """
        self._abandoned = True
        return super().cancel() or not self.done()

    def run(self) -> None:
        """Wait for the lock and do the work; set its result or its error."""
        if not self.set_running_or_notify_cancel():
            return
        self._acquire()
        reset = _current.set(self)
        try:
            self.checkpoint()
            self.set_result(self._work())
        except BaseException as error:  # noqa: BLE001 - whoever waits for the task raises it
            # Frames hold the arrays that were worked on, and this task, which would hold them. The
            # functions of cleared frames still do: only an error that nobody expects has a trace.
            clear_frames(error.__traceback__)
            self.set_exception(error.with_traceback(_trace(error)))
        finally:
            del self._work, self._claim
            _current.reset(reset)
            self._lock.release()

    def checkpoint(self) -> None:
        """Hand the turn to the next waiting task once the slice is over.

        Raises:
            CancelledError: nobody waits for the task any more.
        """
        if self._lock.is_contended and time.monotonic() - self._since >= SLICE:
            self._lock.release()
            self._acquire()
        if self._abandoned:
            raise CancelledError

    def reserve(self, size: int) -> None:
        """Count further bytes on the claim; raise ``OutgrownError`` beyond it."""
        if self._claim is not None:
            self._claim.reserve(size)

    def _acquire(self) -> None:
        self._lock.acquire()
        self._since = time.monotonic()


def _trace(error: BaseException) -> TracebackType | None:
    """Return the trace of an error that nobody expects, below the frame that caught it."""
    trace = error.__traceback__
    return None if trace is None or isinstance(error, EXPECTED) else trace.tb_next


def _checkpoint_current_task() -> None:
    """Call the checkpoint of the current task; do nothing outside of a task."""
    task = _current.get()
    if task is not None:
        task.checkpoint()


def _reserve_for_current_task(size: int) -> None:
    """Count further bytes on the claim of the current task; do nothing outside of a task."""
    task = _current.get()
    if task is not None:
        task.reserve(size)


_current: ContextVar[CooperativeTask[Any] | None] = ContextVar("task", default=None)
