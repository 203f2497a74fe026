"""The gRPC server's answer about its health, asked for at most once in a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable

AGE = 1.0
"""Seconds for which an answer is given again."""


class Health:
    """The last answer of the gRPC server about itself.

    Args:
        ask: awaited, whether the server serves.
        clock: seconds of a clock that never goes back.
    """

    def __init__(
        self, ask: Callable[[], Awaitable[bool]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask, self._clock = ask, clock
        self._asking = asyncio.Lock()
        self._serves, self._until = False, clock()

    async def is_serving(self) -> bool:
        """Return whether the server serves, or did within ``AGE`` seconds."""
        async with self._asking:  # others wait for the same answer
            if self._clock() >= self._until:
                self._serves = await self._ask()
                self._until = self._clock() + AGE
            return self._serves
