"""The ledger: the bytes that work holds, all models of a process together.

A piece of work claims bytes before it begins, and begins once they are free: at first a few, which
nearly all work needs. Work that needs more finds that out while it counts what it will hold (see
``core.reserve``), lets all go, and begins again under a larger claim. Work that waits for a claim
holds nothing, so that nothing waits for itself, and a bounded number of claims wait.

        |<------------------------------- limit ------------------------------->|
        | rest |   small   |                      large claims                  |
        | kept |  claims   |        ... or small ones while no large one waits  |

Values that are kept for later requests have the bytes that no work claims, and ``rest`` in any
case.

What a call holds outside of a claim is lent to it: a claim waits for such bytes too, but for those
of calls that wait themselves. Of those that would wait for each other, the last one is refused.
"""

import asyncio
from bisect import insort
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from traceback import clear_frames
from typing import TypeVar
from weakref import finalize

from namesmith_server.engine.concurrency.claim import Claim, OutgrownError
from namesmith_server.engine.concurrency.loans import Loans
from namesmith_server.engine.concurrency.memory import MemoryGuard
from namesmith_server.engine.concurrency.shelf import Shelf
from namesmith_server.engine.concurrency.waiting import Waiting
from namesmith_server.engine.errors import MemoryShortError, TooManyPendingError, WorkTooLargeError

T = TypeVar("T")

UNLIMITED = 1 << 60
"""Bytes that no process has: the limit until another one is set."""

PARTS = 12
"""Ratio of the limit to a small claim, and to the bytes of kept values that no work displaces."""

KEPT_SHARE = 3
"""Ratio of the limit to the bytes of values that are kept."""

GROWTH = 4
"""Least ratio of a claim to the claim that was outgrown."""

MAX_WAITING = 256
"""Largest number of claims that wait: the caller of a further one is refused at once."""

LENT_SECONDS = 5.0
"""Seconds after which a claim is refused whose bytes are lent: their holder may be slow to read."""

UNUSED_SECONDS = 5.0
"""Seconds without use after which a value is kept no longer, but for the rest."""


class Ledger:
    """The claims of one process; used from one event loop.

    Attributes:
        shelf: values that are kept for later requests.
        limit: bytes of work and kept values together.
        rest: bytes of kept values that no work displaces.
        small: bytes of a small claim, and of the room that large claims leave for small ones.
        most: bytes of the largest claim.
        guard: guard of the process's memory; None: what the system counts is not looked at.
        largest_work: bytes that the largest work of the loaded models holds.
        beside: bytes that the loaded models may come to hold for themselves, outside of the limit.
    """

    def __init__(self, limit: int = UNLIMITED, guard: MemoryGuard | None = None) -> None:
        """Set the bytes of work and kept values, >= 0, and the guard of the process's memory."""
        self.shelf = Shelf(limit // KEPT_SHARE)
        self.largest_work = self.beside = 0
        self._waiting: list[Waiting] = []  # in the order of arrival
        self._arrivals = count()
        self._small = self._large = 0  # bytes claimed
        self._loans = Loans()
        self.set_limit(limit, guard)

    def set_limit(self, limit: int, guard: MemoryGuard | None) -> None:
        """Set the bytes of work and kept values, and the guard; before any work begins."""
        self.limit = limit
        self.rest = self.small = limit // PARTS
        self.most = limit - self.small - self.rest
        self.guard = guard
        self.shelf.capacity = limit // KEPT_SHARE

    def hold_beside(self, holder: object, size: int) -> None:
        """Count bytes that a part of a model may come to hold, for as long as the part lives."""
        self.beside += size
        finalize(holder, self._free_beside, size)

    def _free_beside(self, size: int) -> None:
        self.beside -= size

    async def run(self, work: Callable[[Claim], Awaitable[T]], size: int = 0) -> T:
        """Do work under a claim that lets it end; return its result.

        Args:
            work: function that does the work under a claim, and may be called again.
            size: bytes of the first claim; 0: those of a small claim.

        Raises:
            MemoryShortError: memory is short, or lent to calls that do not give it back.
            WorkTooLargeError: the work needs more memory than there is for it.
            TooManyPendingError: too many claims wait.
        """
        most = max(self.most - self._loans.size_of([asyncio.current_task()]), self.small)
        size = min(size or self.small, most)
        arrival = next(self._arrivals)
        while True:
            claim = Claim(size, self._most_held(size))
            await self._acquire(claim, arrival)
            try:
                return await work(claim)
            except BaseException as error:
                # Frames hold what was worked on, and futures, which would hold the error again.
                clear_frames(error.__traceback__)
                if not isinstance(error, OutgrownError):
                    raise
                error.__traceback__ = None  # of closures, frames hold what they were given
                # A build that another caller began under a smaller claim may have outgrown that.
                if size == most and error.needed > claim.most:
                    raise WorkTooLargeError(error.needed, claim.most) from None
                size = min(max(GROWTH * size, error.needed), most)
            finally:
                self._release(claim)

    @contextmanager
    def lend(self, value: Hashable, size: int) -> Iterator[None]:
        """Count the bytes of a value while it is held outside of a claim, once for all holders."""
        holder = asyncio.current_task()
        self._loans.add(value, size, holder)
        try:
            yield
        finally:
            self._loans.remove(value, holder)
            self._grant()

    def expire(self) -> None:
        """Drop the values that have not been used for some seconds, but for the rest."""
        self.shelf.evict(self.rest, UNUSED_SECONDS)

    def _most_held(self, size: int) -> int:
        """Return the bytes that work may hold: all it may need, under the largest claim."""
        largest = self.largest_work if size == self.most else 0
        return max(size, largest) if largest <= self.limit else size

    async def _acquire(self, claim: Claim, arrival: int) -> None:
        """Wait for a claim's bytes, behind the claims of work that arrived earlier."""
        if self.guard is not None and self.guard.is_short:
            self.shelf.evict(self.rest)
            raise MemoryShortError
        waiting = Waiting(claim, arrival)
        insort(self._waiting, waiting, key=lambda one: one.arrival)
        self._grant()
        try:
            if not waiting.granted.done():
                self._check_waiting()
                await self._granted(waiting)
        except BaseException:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            else:
                self._release(claim)
            self._grant()
            raise

    def _check_waiting(self) -> None:
        """Raise where too many claims wait, or wait for what the others will not give back."""
        if len(self._waiting) > MAX_WAITING:
            raise TooManyPendingError(MAX_WAITING)
        lent = self._loans.size and self._loans.size_of({one.call for one in self._waiting})
        if lent and any(lent + one.claim.size > self._room(one.claim) for one in self._waiting):
            raise MemoryShortError

    async def _granted(self, waiting: Waiting) -> None:
        """Wait for the claim, as long as it takes, but for bytes that are lent for long."""
        while not waiting.granted.done():
            lacked = self._loans.size + waiting.claim.size > self._room(waiting.claim)
            await asyncio.wait([waiting.granted], timeout=LENT_SECONDS)
            still = self._loans.size + waiting.claim.size > self._room(waiting.claim)
            if not waiting.granted.done() and lacked and still:
                raise MemoryShortError

    def _room(self, claim: Claim) -> int:
        """Return the bytes of a claim and all loans where nothing else is claimed."""
        return self.most if claim.size > self.small else self.limit - self.rest

    def _grant(self) -> None:
        """Grant the claims that fit, in the order of arrival; make room among the kept values."""
        large_waits = any(one.claim.size > self.small for one in self._waiting)
        held_up = False
        for waiting in tuple(self._waiting):
            size = waiting.claim.size
            if size > self.small:
                fits = not held_up and self._fits_large(size)
                held_up = not fits
            else:
                fits = self._fits_small(size, beside_large=large_waits)
            if fits:
                self._waiting.remove(waiting)
                self._take(waiting)

    def _take(self, waiting: Waiting) -> None:
        self._count(waiting.claim.size, 1)
        self.shelf.evict(max(self.limit - self._used, self.rest))
        if not waiting.granted.done():
            waiting.granted.set_result(None)

    def _release(self, claim: Claim) -> None:
        """Free a claim's bytes once its tasks have ended: a caller may leave before they do."""
        loop, tasks = asyncio.get_running_loop(), tuple(claim.tasks)
        if not tasks:
            self._count(claim.size, -1)
            self._grant()
        else:
            tasks[0].add_done_callback(lambda _: _call_soon(loop, self._release, claim))

    def _count(self, size: int, sign: int) -> None:
        if size > self.small:
            self._large += sign * size
        else:
            self._small += sign * size

    @property
    def _used(self) -> int:
        return self._small + self._large + self._loans.size

    def _fits_small(self, size: int, *, beside_large: bool) -> bool:
        if beside_large:
            return self._small + size <= self.small
        return self._used + size <= self.limit - self.rest

    def _fits_large(self, size: int) -> bool:
        free = self._large + self._loans.size + size <= self.most
        return free and self._small <= self.small


def _call_soon(
    loop: asyncio.AbstractEventLoop, callback: Callable[[Claim], None], claim: Claim
) -> None:
    """Have a loop call back, from any thread; do nothing where the loop has ended meanwhile."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(callback, claim)
