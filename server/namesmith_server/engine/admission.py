"""Admission: how much work may be in the server at once; past it a call is refused at once."""

from typing import Self

from namesmith_server.engine.errors import OverloadedError


class Admission:
    """Counts rows: names that are being worked on or wait for it. Used from one event loop."""

    def __init__(self, limit: int) -> None:
        """Takes the most rows at once, >= 1."""
        self._limit = limit
        self._rows = 0

    def rows(self, count: int) -> "Admitted":
        """A ``with`` block in which ``count`` rows are worked on.

        More than there may be at once count as that many: they are let in by themselves.

        Raises:
            OverloadedError: on entry, when they would be too many.
        """
        return Admitted(self, min(count, self._limit))

    def enter(self, count: int) -> None:
        """Counts rows in; raises as ``rows``."""
        if self._rows + count > self._limit:
            raise OverloadedError(count, self._rows, self._limit)
        self._rows += count

    def leave(self, count: int) -> None:
        """Counts rows out."""
        self._rows -= count


class Admitted:
    """Rows that are worked on inside a ``with`` block."""

    __slots__ = ("_admission", "_count")

    def __init__(self, admission: Admission, count: int) -> None:
        self._admission = admission
        self._count = count

    def __enter__(self) -> Self:
        self._admission.enter(self._count)
        return self

    def __exit__(self, *_: object) -> None:
        self._admission.leave(self._count)
