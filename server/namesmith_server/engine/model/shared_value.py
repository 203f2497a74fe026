"""A value that is computed once, for all who ask for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class SharedValue(Generic[Value]):
    """A value that the first caller computes and all others share; used from one event loop.

    Callers that come meanwhile wait. Where the computation fails, or its caller is cancelled, the
    next caller computes the value.
    """

    def __init__(self, compute: Callable[[], Awaitable[Value]]) -> None:
        """Set the function that computes the value; it must not ask for the value itself."""
        self._compute = compute
        self._computing = asyncio.Lock()
        self._kept: tuple[Value] | None = None

    async def get(self) -> Value:
        """Return the value; raise the errors of its computation."""
        async with self._computing:
            if self._kept is None:
                self._kept = (await self._compute(),)
        return self._kept[0]
