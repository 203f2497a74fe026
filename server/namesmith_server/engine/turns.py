"""Long work off the event loop that takes turns, so that a short question waits for no long one.

One thread works at a time, for a slice, and hands on in the order of arrival: however much is
asked, it takes one core, and the event loop keeps the others. Work that nobody waits for any more
ends where it next breathes.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextvars import ContextVar
from traceback import clear_frames
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8
"""Pieces of work that take turns; more wait for one of them to end, for each takes memory."""

SLICE = 0.005
"""Seconds after which others have their turn."""


def breathe() -> None:
    """Called in the loops of long work: lets others have their turn; outside of turns, nothing.

    Raises:
        CancelledError: nobody waits for the work any more.
    """
    turn = _current.get()
    if turn is not None:
        turn.breathe()


class Turns(Executor):
    """An ``Executor`` whose work takes turns: it calls ``breathe`` every few milliseconds.

    To cancel its futures ends work that has begun, too.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="turns")
        self._baton = Baton()
        self._turns: set[Turn[Any]] = set()

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """As ``Executor``."""
        turn = Turn(self._baton, lambda: work(*args, **kwargs))
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)  # which keeps no turn alive
        self._pool.submit(turn.take)
        return turn

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as Executor
        """As ``Executor``; what is cancelled ends though it has begun."""
        for turn in tuple(self._turns) if cancel_futures else ():
            turn.cancel()
        self._pool.shutdown(wait)


class Baton:
    """A lock that is handed on in the order of arrival.

    The guard is held for moments, and while it is held nothing is waited for.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self) -> None:
        """Waits for it, behind all that wait already."""
        mine = threading.Lock()
        mine.acquire()
        with self._guard:
            if not self._held:
                self._held = True
                return
            self._waiting.append(mine)
        mine.acquire()  # released by who hands it on

    def hand_on(self) -> None:
        """Gives it to the first that waits."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False

    @property
    def wanted(self) -> bool:
        """Whether others wait."""
        return bool(self._waiting)


class Turn(Future[T]):
    """A piece of work, and what comes of it."""

    def __init__(self, baton: Baton, work: Callable[[], T]) -> None:
        super().__init__()
        self._baton = baton
        self._work = work
        self._over = False
        self._since = 0.0

    def cancel(self) -> bool:
        """As ``Future``; also ends work that has begun, soon."""
        self._over = True
        return super().cancel() or not self.done()

    def take(self) -> None:
        """Works, once it has the baton."""
        if not self.set_running_or_notify_cancel():
            return
        self._begin()
        reset = _current.set(self)
        try:
            self.breathe()
            self.set_result(self._work())
        except BaseException as error:  # noqa: BLE001 - whoever waits for it raises it
            # Frames hold what was worked on, and this turn, which would hold them.
            clear_frames(error.__traceback__)
            below = error.__traceback__ and error.__traceback__.tb_next
            self.set_exception(error.with_traceback(below))
        finally:
            del self._work
            _current.reset(reset)
            self._baton.hand_on()

    def breathe(self) -> None:
        """As the function."""
        if self._baton.wanted and time.monotonic() - self._since >= SLICE:
            self._baton.hand_on()
            self._begin()
        if self._over:
            raise CancelledError

    def _begin(self) -> None:
        self._baton.take()
        self._since = time.monotonic()


_current: ContextVar[Turn[Any] | None] = ContextVar("turn", default=None)
