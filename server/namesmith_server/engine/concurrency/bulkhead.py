"""A bulkhead: a bound on the calls that hold much memory at a time, and on the calls that wait."""

import asyncio
from types import TracebackType

from namesmith_server.engine.errors import TooManyPendingError


class Bulkhead:
    """Lets a number of callers in at a time, in the order of arrival; used from one event loop.

    ``async with bulkhead:`` waits for a place and frees it at the end of the block.
    """

    def __init__(self, places: int, most_waiting: int) -> None:
        """Set the largest number of callers inside, >= 1, and of callers that wait, >= 0."""
        self._places = asyncio.Semaphore(places)
        self._most_waiting = most_waiting
        self._waiting = 0

    async def __aenter__(self) -> None:
        """Wait for a place.

        Raises:
            TooManyPendingError: too many callers wait already.
        """
        if self._places.locked() and self._waiting >= self._most_waiting:
            raise TooManyPendingError(self._most_waiting)
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Free the place."""
        self._places.release()
