"""A cache of expensive objects on a shelf; concurrent requests for a key share one build."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future
from typing import Generic, Protocol, TypeVar

from namesmith_server.engine.concurrency.shelf import Shelf
from namesmith_server.engine.errors import TooManyPendingError

MAX_PENDING = 64
"""Largest number of builds in progress or waiting; the caller of a further build is refused, for it
would wait long."""


class Sized(Protocol):
    """An object whose ``size`` is the number of bytes that it holds."""

    @property
    def size(self) -> int: ...  # noqa: D102 - bytes


Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value", bound=Sized)


class SingleFlightCache(Generic[Key, Value]):
    """A cache that is used from one event loop; values are built in an executor.

    A build that nobody waits for any more is cancelled, where the executor can cancel it.
    """

    def __init__(
        self,
        shelf: Shelf,
        build: Callable[[Key], Value],
        size_of: Callable[[Value], int] = lambda value: value.size,
        idle_seconds: float = 0,
    ) -> None:
        """Set how values are built and kept.

        Args:
            shelf: place of the values that are kept, which other caches may share.
            build: makes the value of a key.
            size_of: number of bytes that a value holds.
            idle_seconds: seconds behind its last use for which a value counts as used.
        """
        self._shelf = shelf
        self._build = build
        self._size_of = size_of
        self._idle_seconds = idle_seconds
        self._closed = False
        self._in_flight: dict[Key, InFlight[Value]] = {}

    def put(self, key: Key, value: Value) -> None:
        """Keep a value under its size of now, in place of the values used least recently."""
        if not self._closed:
            self._shelf.put((self, key), value, self._size_of(value), self._idle_seconds)

    def peek(self, key: Key) -> Value | None:
        """Return the value of a key; None where it is not kept."""
        value: Value | None = self._shelf.get((self, key))
        return value

    def close(self) -> None:
        """Keep no value any longer, also none that is being built."""
        self._closed = True
        self._shelf.drop_all(self)

    async def get(self, key: Key, executor: Executor) -> Value:
        """Return the value of a key, built where it is not kept; raise the errors of its build.

        Args:
            key: key of the value.
            executor: runs the build, where none is in progress.

        Raises:
            TooManyPendingError: too many other values are being built.
        """
        value = self.peek(key)
        if value is None:
            build = self._join_build(key, executor)
            build.waiters += 1
            try:
                # A caller that gives up must not take the value from the others.
                value = await asyncio.shield(build.value)
            finally:
                build.waiters -= 1
                if not build.waiters and build.cancel():
                    self._forget(key, build)
        return value

    def _join_build(self, key: Key, executor: Executor) -> "InFlight[Value]":
        build = self._in_flight.get(key)
        if build is None:
            if len(self._in_flight) >= MAX_PENDING:
                raise TooManyPendingError(MAX_PENDING)
            build = self._in_flight[key] = InFlight(executor.submit(self._build, key))
            build.value.add_done_callback(lambda value: self._keep(key, build, value))
        return build

    def _keep(self, key: Key, build: "InFlight[Value]", value: "asyncio.Future[Value]") -> None:
        self._forget(key, build)
        if not value.cancelled() and value.exception() is None:
            self.put(key, value.result())

    def _forget(self, key: Key, build: "InFlight[Value]") -> None:
        if self._in_flight.get(key) is build:  # where it was cancelled, the next may be on its way
            del self._in_flight[key]


class InFlight(Generic[Value]):
    """A build in progress.

    Attributes:
        value: future that callers wait for.
        waiters: number of callers that wait.
    """

    def __init__(self, work: "Future[Value]") -> None:
        self._work = work
        self.value = asyncio.wrap_future(work)
        self.waiters = 0

    def cancel(self) -> bool:
        """Cancel the build; tell whether the executor could cancel it."""
        return self._work.cancel()
