"""Admission: a bound on the work in the server; beyond it a call is refused at once."""

from typing import Self

from namesmith_server.engine.errors import OverloadedError


class Admission:
    """A count of the names that are being worked on; used from one event loop."""

    def __init__(self, limit: int) -> None:
        """Set the largest number of names that may be worked on at once, >= 1."""
        self._limit = limit
        self._busy = 0

    def admit(self, weight: int) -> "Permit":
        """Return the context manager of a ``with`` block that does work of a weight, in names.

        A weight above the limit counts as the limit: such work is admitted when no other work is.

        Raises:
            OverloadedError: at the entry of the block, where the limit would be exceeded.
        """
        return Permit(self, min(weight, self._limit))

    def acquire(self, weight: int) -> None:
        """Add a weight to the work; raise OverloadedError where the limit would be exceeded."""
        if self._busy + weight > self._limit:
            raise OverloadedError(weight, self._busy, self._limit)
        self._busy += weight

    def release(self, weight: int) -> None:
        """Take a weight off the work."""
        self._busy -= weight


class Permit:
    """The context manager that admits the work of one ``with`` block."""

    __slots__ = ("_admission", "_weight")

    def __init__(self, admission: Admission, weight: int) -> None:
        self._admission = admission
        self._weight = weight

    def __enter__(self) -> Self:
        self._admission.acquire(self._weight)
        return self

    def __exit__(self, *_: object) -> None:
        self._admission.release(self._weight)
