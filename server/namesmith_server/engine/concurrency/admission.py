"""Admission: a bound on the work in the server, and on the share of it that one connection has.

Beyond a bound a call is refused at once. A connection may hold at most ``GREED`` times of all that
is free: alone it takes two thirds of the limit, and eight greedy connections together leave one
part of seventeen to the next. Nobody has to know how many connections there are.
"""

from typing import Self

from namesmith_server.engine.errors import OverloadedError, ShareError

GREED = 2
"""Largest ratio of the work of one connection to the room that is left for all."""

LEAST_SHARED = 4_096
"""Least limit of which connections have shares: a smaller one is for whoever comes first."""

LITTLE = 64
"""Ratio of the limit to the work that a connection may have from the reserve."""

RESERVE = 4
"""Ratio of the limit to the reserve."""


class Admission:
    """A count of the work in the server, by connection; used from one event loop."""

    def __init__(self, limit: int, unit: str = "names") -> None:
        """Set the bound.

        Args:
            limit: largest amount of work at once, beside the reserve, >= 1.
            unit: plural noun of the work's unit, for messages.
        """
        self._limit = limit
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

    def admit(self, weight: int, connection: str = "") -> "Permit":
        """Return the context manager of a ``with`` block that does work of a weight.

        A weight above the limit counts as the limit. Whatever its weight, work is admitted when no
        other work is.

        Args:
            weight: amount of the work, >= 0.
            connection: name of the connection that asks for the work.

        Raises:
            OverloadedError: at the entry of the block, where the limit would be exceeded, or the
                share of the connection.
        """
        return Permit(self, min(weight, self._limit), connection)

    def acquire(self, weight: int, connection: str = "") -> None:
        """Add a weight to the work; raise OverloadedError where a bound would be exceeded."""
        held = self._held.get(connection, 0)
        free = self._limit - self._busy - weight
        fits = free >= 0 and (self._limit < LEAST_SHARED or held + weight <= GREED * free)
        if self._busy and not fits and not self._is_little(held, weight):
            if free < 0:
                raise OverloadedError(weight, self._busy, self._limit, self._unit)
            share = GREED * (self._limit - self._busy + held) // (1 + GREED)
            raise ShareError(weight, held, share, self._unit)
        self._busy += weight
        self._held[connection] = held + weight

    def _is_little(self, held: int, weight: int) -> bool:
        """Tell whether the reserve has room for the work of a connection that holds little."""
        room = self._limit + self._limit // RESERVE - self._busy
        return held + weight <= self._limit // LITTLE and weight <= room

    def release(self, weight: int, connection: str = "") -> None:
        """Take a weight off the work."""
        self._busy -= weight
        left = self._held.pop(connection, 0) - weight
        if left:
            self._held[connection] = left


class Permit:
    """The context manager that admits the work of one ``with`` block."""

    __slots__ = ("_admission", "_connection", "_weight")

    def __init__(self, admission: Admission, weight: int, connection: str) -> None:
        self._admission = admission
        self._weight = weight
        self._connection = connection

    def __enter__(self) -> Self:
        self._admission.acquire(self._weight, self._connection)
        return self

    def __exit__(self, *_: object) -> None:
        self._admission.release(self._weight, self._connection)
