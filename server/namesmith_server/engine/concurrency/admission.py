"""Admission: a bound on the work in the server, and on the share of it that one holder has.

A holder is a caller, or a connection where callers are unknown. Beyond a bound a call is refused at
once. A holder may have at most ``GREED`` times of all that is free: alone it takes two thirds of
the limit, and eight greedy ones together leave one part of seventeen to the next. Nobody has to
know how many there are.
"""

from typing import Self

from namesmith_server.engine.errors import CallerShareError, OverloadedError, ShareError

GREED = 2
"""Largest ratio of the work of one holder to the room that is left for all."""

LEAST_SHARED = 4_096
"""Least limit of which holders have shares: a smaller one is for whoever comes first."""

LITTLE = 64
"""Ratio of the limit to the work that a holder may have from the reserve."""

RESERVE = 4
"""Ratio of the limit to the reserve."""


class Admission:
    """A count of the work in the server, by holder; used from one event loop."""

    def __init__(self, limit: int, unit: str = "names", *, most_of_one: int = 0) -> None:
        """Set the bounds.

        Args:
            limit: largest amount of work at once, beside the reserve, >= 1.
            unit: plural noun of the work's unit, for messages.
            most_of_one: largest amount of work of one holder, but for a piece of work that is its
                only one; 0: its share alone.
        """
        self._limit = limit
        self._most_of_one = most_of_one
        self._unit = unit
        self._busy = 0
        self._held: dict[str, int] = {}

    @property
    def limit(self) -> int:
        """Largest amount of work at once, beside the reserve."""
        return self._limit

    @property
    def busy(self) -> int:
        """Amount of the work that is being done."""
        return self._busy

    def admit(self, weight: int, holder: str = "") -> "Permit":
        """Return the context manager of a ``with`` block that does work of a weight.

        A weight above the limit counts as the limit. Whatever its weight, work is admitted when no
        other work is.

        Args:
            weight: amount of the work, >= 0.
            holder: name of the holder that asks for the work.

        Raises:
            OverloadedError: at the entry of the block, where the limit would be exceeded, or the
                share of the holder.
        """
        return Permit(self, min(weight, self._limit), holder)

    def acquire(self, weight: int, holder: str = "") -> None:
        """Add a weight to the work; raise OverloadedError where a bound would be exceeded."""
        held = self._held.get(holder, 0)
        if self._most_of_one and held and held + weight > self._most_of_one:
            raise CallerShareError(weight, held, self._most_of_one, self._unit)
        free = self._limit - self._busy - weight
        fits = free >= 0 and (self._limit < LEAST_SHARED or held + weight <= GREED * free)
        if self._busy and not fits and not self._is_little(held, weight):
            if free < 0:
                raise OverloadedError(weight, self._busy, self._limit, self._unit)
            share = GREED * (self._limit - self._busy + held) // (1 + GREED)
            raise ShareError(weight, held, share, self._unit)
        self._busy += weight
        self._held[holder] = held + weight

    def _is_little(self, held: int, weight: int) -> bool:
        """Tell whether the reserve has room for the work of a holder that holds little."""
        room = self._limit + self._limit // RESERVE - self._busy
        return held + weight <= self._limit // LITTLE and weight <= room

    def release(self, weight: int, holder: str = "") -> None:
        """Take a weight off the work."""
        self._busy -= weight
        left = self._held.pop(holder, 0) - weight
        if left:
            self._held[holder] = left


class Permit:
    """The context manager that admits the work of one ``with`` block."""

    __slots__ = ("_admission", "_holder", "_weight")

    def __init__(self, admission: Admission, weight: int, holder: str) -> None:
        self._admission = admission
        self._weight = weight
        self._holder = holder

    def __enter__(self) -> Self:
        self._admission.acquire(self._weight, self._holder)
        return self

    def __exit__(self, *_: object) -> None:
        self._admission.release(self._weight, self._holder)
