"""What is costly to make and asked for again: made when first asked for, kept within a bound."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future
from typing import Generic, Protocol, TypeVar

from cachetools import LRUCache

from namesmith_server.engine.errors import MakingError

MAKING = 64
"""Things that are made or wait to be made; past it a caller is refused, who would wait long."""


class Sized(Protocol):
    """What tells how many bytes it holds."""

    size: int


Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made", bound=Sized)


class Cache(Generic[Key, Made]):
    """Used from one event loop; things are made off it, each once however many wait for it.

    What nobody waits for any more is cancelled, where the executor can.
    """

    def __init__(self, kept: int, make: Callable[[Key], Made], executor: Executor) -> None:
        """Takes the bytes that are kept at most, and how things are made."""
        self._most = kept
        self._make = make
        self._executor = executor
        self._kept = LRUCache[Key, Made](kept, getsizeof=lambda made: made.size)
        self._making: dict[Key, Making[Made]] = {}

    def put(self, key: Key, made: Made) -> None:
        """Keeps a thing that was made elsewhere."""
        self._kept[key] = made

    def ready(self, key: Key) -> Made | None:
        """A thing, where it is kept."""
        return self._kept.get(key)

    async def get(self, key: Key) -> Made:
        """A thing, made where it is not kept; raises what making it raises.

        Raises:
            MakingError: too many others are being made.
        """
        made = self._kept.get(key)
        if made is None:
            making = self._being_made(key)
            making.waiting += 1
            try:
                # A caller that gives up must not take it from the others.
                made = await asyncio.shield(making.made)
            finally:
                making.waiting -= 1
                if not making.waiting and making.cancelled():
                    self._forget(key, making)
        return made

    def _being_made(self, key: Key) -> "Making[Made]":
        making = self._making.get(key)
        if making is None:
            if len(self._making) >= MAKING:
                raise MakingError(MAKING)
            making = self._making[key] = Making(self._executor.submit(self._make, key))
            making.made.add_done_callback(lambda made: self._keep(key, making, made))
        return making

    def _keep(self, key: Key, making: "Making[Made]", made: "asyncio.Future[Made]") -> None:
        self._forget(key, making)
        if not made.cancelled() and made.exception() is None and made.result().size <= self._most:
            self._kept[key] = made.result()

    def _forget(self, key: Key, making: "Making[Made]") -> None:
        if self._making.get(key) is making:  # where it was cancelled, the next may be on its way
            del self._making[key]


class Making(Generic[Made]):
    """A thing that is being made.

    Attributes:
        made: what callers wait for.
        waiting: callers.
    """

    def __init__(self, work: "Future[Made]") -> None:
        self._work = work
        self.made = asyncio.wrap_future(work)
        self.waiting = 0

    def cancelled(self) -> bool:
        """Cancels it, if its executor can."""
        return self._work.cancel()
