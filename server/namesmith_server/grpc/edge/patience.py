"""The calls that wait for their client: to send the rest of a message, or to read.

A message that is being received holds memory that nothing else counts, so that only a number of
messages is received at a time; each caller, or connection where callers are unknown, has its share
of these places, by the rule of ``engine.Admission``. A client has a bounded time, and less where
others wait for its place.

                  read                                        write
    a place free? ----no----> queue of its caller         the stream's window is open?
        | yes                     | a place is free            | for UNREAD_SECONDS not
    the message is complete       | not within QUEUE_SECONDS   v
        | not in time             v                           ends
        v                      refused
       ends
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable

import grpc

from namesmith.limits import REQUEST_SECONDS, UNREAD_SECONDS
from namesmith_server.engine import GREED
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.edge.wait import Wait
from namesmith_server.grpc.errors import (
    ReceivingError,
    RoomError,
    SlowReaderError,
    SlowSenderError,
    UnreadError,
)

QUEUE_SECONDS = 1.0
"""Seconds for which a call waits for a place to receive its message."""

ROOM_SECONDS = 0.25
"""Seconds after which a call that waits for its client makes room for others."""

STREAM_COST = 6
"""Ratio of the bytes that a waiting stream holds to those of its message: chunks that are drawn
ahead."""

SWEEP_SECONDS = 0.1
"""Seconds between two sweeps, while calls wait."""

FREE_FOR_ALL = 4
"""Ratio of all places to the first places, which are taken without a look at the shares."""


class Patience:
    """The waits of one server, used from one event loop."""

    def __init__(
        self, places: int, unread: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Set the bounds.

        Args:
            places: number of messages that are received at a time, >= 1.
            unread: bytes that the streams which wait for their readers hold together.
            clock: clock in seconds.
        """
        self._places = places
        self._unread = unread
        self._free_for_all = places // FREE_FOR_ALL
        self._clock = clock
        self._reading: set[Wait] = set()
        self._writing: set[Wait] = set()
        self._queues: dict[str, deque[tuple[Wait, asyncio.Future[None]]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def read(self, context: Context, seconds: float = REQUEST_SECONDS) -> bytes | None:
        """Receive a message; None where the client sends no more.

        Raises:
            ReceivingError: too many messages are being received.
            SlowSenderError: the message was not complete in time.
            RoomError: the message was not complete when others waited for its place.
        """
        wait = Wait(context, self._clock(), seconds)
        try:
            if len(self._reading) >= self._free_for_all and not self._fits(wait):
                await self._queue(wait)
            else:
                self._reading.add(wait)
            if self._timer is None:
                self._arm()
            raw = await context.read()
        except asyncio.CancelledError:
            if wait.error is not None:
                raise wait.error from None
            raise
        finally:
            self._reading.discard(wait)
            if self._queues:
                self._let_in()
        return None if raw is grpc.aio.EOF else raw

    async def write(self, context: Context, response: bytes) -> None:
        """Send a message of a stream as soon as its reader takes it.

        Raises:
            SlowReaderError: the reader did not take it in time.
            UnreadError: the reader did not take it, and unread streams held too much.
        """
        wait = Wait(context, self._clock(), UNREAD_SECONDS, STREAM_COST * len(response))
        self._writing.add(wait)
        if self._timer is None:
            self._arm()
        try:
            await context.write(response)
        except asyncio.CancelledError:
            if wait.error is not None:
                raise wait.error from None
            raise
        finally:
            self._writing.discard(wait)

    def _fits(self, wait: Wait) -> bool:
        """Tell whether there is a place for a call, within the share of its holder."""
        free = self._places - len(self._reading) - 1
        if free < 0 or self._queues.get(wait.holder):
            return False
        held = sum(other.holder == wait.holder for other in self._reading)
        return self._may_take(held, free)

    def _may_take(self, held: int, free: int) -> bool:
        """Tell whether a holder may take a place more, so that ``free`` others are left."""
        return free >= 0 and (not held or held + 1 <= GREED * (free - 1))

    async def _queue(self, wait: Wait) -> None:
        """Wait for a place."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._queues.setdefault(wait.holder, deque())
        queue.append((wait, place))
        if self._timer is None:
            self._arm()
        try:
            await place
        except BaseException:
            if (wait, place) in queue:
                queue.remove((wait, place))
                self._forget_empty(wait.holder)
            self._reading.discard(wait)
            raise

    def _let_in(self) -> None:
        """Give the free places to the calls that wait, a call of each holder in turn."""
        held = Counter(wait.holder for wait in self._reading)
        found = True
        while found:
            found = False
            for holder in tuple(self._queues):
                free = self._places - len(self._reading) - 1
                if not self._may_take(held[holder], free):
                    continue
                wait, place = self._queues[holder].popleft()
                self._forget_empty(holder)
                if place.done():  # its client has left
                    found = True
                    continue
                wait.restart(self._clock())
                self._reading.add(wait)
                held[holder] += 1
                place.set_result(None)
                found = True

    def _forget_empty(self, holder: str) -> None:
        if not self._queues.get(holder, True):
            del self._queues[holder]

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """End the waits that took too long, and make room."""
        self._timer = None
        self.sweep()
        if self._reading or self._writing or self._queues:
            self._arm()

    def sweep(self) -> None:
        """End the waits that took too long, and as many of the heaviest as other calls wait."""
        now = self._clock()
        for wait in self._reading:
            if now >= wait.until:
                wait.end(SlowSenderError(wait.until - wait.since))
        for wait in self._writing:
            if now >= wait.until:
                wait.end(SlowReaderError(wait.until - wait.since))
        excess = sum(wait.weight for wait in self._writing if wait.error is None) - self._unread
        self._make_room(self._writing, excess, now, UnreadError)
        if self._queues:
            queued = sum(map(len, self._queues.values()))
            self._make_room(self._reading, queued, now, RoomError)
            self._refuse(now)

    @staticmethod
    def _make_room(
        waits: set[Wait], excess: int, now: float, error: Callable[[], Exception]
    ) -> None:
        """End the oldest waits of the holders that hold most, until the excess is gone."""
        if excess <= 0:
            return
        held: Counter[str] = Counter()
        oldest: dict[str, list[Wait]] = {}
        for wait in sorted(waits, key=lambda wait: wait.since, reverse=True):
            if wait.error is None:
                held[wait.holder] += wait.weight
                oldest.setdefault(wait.holder, []).append(wait)
        while excess > 0:
            holders = [
                holder for holder in oldest if now - oldest[holder][-1].since >= ROOM_SECONDS
            ]
            if not holders:
                return
            heaviest = max(holders, key=held.__getitem__)
            wait = oldest[heaviest].pop()
            if not oldest[heaviest]:
                del oldest[heaviest]
            held[heaviest] -= wait.weight
            excess -= wait.weight
            wait.end(error())

    def _refuse(self, now: float) -> None:
        """Refuse the calls that have waited too long for a place."""
        for queue in self._queues.values():
            for wait, place in queue:
                if now - wait.since >= QUEUE_SECONDS and not place.done():
                    place.set_exception(ReceivingError(self._places))
