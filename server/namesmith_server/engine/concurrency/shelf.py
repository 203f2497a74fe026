"""A shelf: values that are kept for the requests to come, of all models of a process."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class Shelf:
    """Values by their keys, bounded in bytes; used from one event loop.

    The value that was used least recently leaves first.

    Attributes:
        capacity: largest number of bytes that are kept; a larger value is kept alone, until another
            comes.
        size: number of bytes that are kept.
    """

    def __init__(self, capacity: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Set the capacity, and the clock, in seconds."""
        self.capacity = capacity
        self.size = 0
        self._clock = clock
        self._kept: OrderedDict[Hashable, list[Any]] = (
            OrderedDict()
        )  # value, bytes, last use, idle seconds

    def put(self, key: Hashable, value: object, size: int, idle_seconds: float = 0) -> None:
        """Keep a value of ``size`` bytes, in place of the values used least recently.

        Args:
            key: key of the value.
            value: the value.
            size: number of bytes that it holds.
            idle_seconds: seconds behind its last use for which the value counts as used.
        """
        self.drop(key)
        self.evict(max(self.capacity - size, 0))
        self._kept[key] = [value, size, self._clock() + idle_seconds, idle_seconds]
        self.size += size

    def get(self, key: Hashable) -> Any:  # noqa: ANN401 - values of any kind
        """Return the value of a key, used now; None where it is not kept."""
        entry = self._kept.get(key)
        if entry is None:
            return None
        entry[2] = self._clock() + entry[3]
        self._kept.move_to_end(key)
        return entry[0]

    def drop(self, key: Hashable) -> None:
        """Keep the value of a key no longer."""
        entry = self._kept.pop(key, None)
        if entry is not None:
            self.size -= entry[1]

    def drop_all(self, owner: object) -> None:
        """Keep no value of an owner any longer: the first part of its keys, which are pairs."""
        for key in tuple(self._kept):
            if isinstance(key, tuple) and key[0] is owner:
                self.drop(key)

    def evict(self, size: int, unused: float = 0) -> None:
        """Drop values until at most ``size`` bytes are kept.

        Args:
            size: number of bytes, >= 0.
            unused: seconds for which a value that is dropped has not been used.
        """
        latest = self._clock() - unused
        for key, (_, _, last_use, _) in tuple(self._kept.items()):
            if self.size <= size:
                break
            if not unused or last_use <= latest:
                self.drop(key)
