"""What is costly to make and asked for again: made when first asked for, kept within a bound."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
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
    """Used from one event loop; things are made off it, each once however many wait for it."""

    def __init__(self, kept: int, make: Callable[[Key], Made], executor: Executor) -> None:
        """Takes the bytes that are kept at most, and how things are made."""
        self._most = kept
        self._make = make
        self._executor = executor
        self._kept = LRUCache[Key, Made](kept, getsizeof=lambda made: made.size)
        self._making: dict[Key, asyncio.Future[Made]] = {}

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
            # A caller that gives up must not take it from the others.
            made = await asyncio.shield(self._being_made(key))
        return made

    def _being_made(self, key: Key) -> "asyncio.Future[Made]":
        if key not in self._making:
            if len(self._making) >= MAKING:
                raise MakingError(MAKING)
            loop = asyncio.get_running_loop()
            making = self._making[key] = loop.run_in_executor(self._executor, self._make, key)
            making.add_done_callback(lambda made: self._keep(key, made))
        return self._making[key]

    def _keep(self, key: Key, made: "asyncio.Future[Made]") -> None:
        del self._making[key]
        if not made.cancelled() and made.exception() is None and made.result().size <= self._most:
            self._kept[key] = made.result()
