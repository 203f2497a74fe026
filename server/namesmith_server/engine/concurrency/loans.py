"""The loans of a ledger: bytes that calls hold outside of a claim, by the call that holds them."""

import asyncio
from collections.abc import Collection, Hashable
from typing import Any, NamedTuple

Call = asyncio.Task[Any]
"""The task in which a call is answered."""


class Loan(NamedTuple):
    """A value that is lent.

    Attributes:
        size: number of bytes.
        holders: calls that hold the value, each as often as it was lent to it.
    """

    size: int
    holders: list[Call | None]


class Loans:
    """Values that are held outside of a claim; each counts once, however many hold it.

    Attributes:
        size: number of bytes of all values.
    """

    def __init__(self) -> None:
        self.size = 0
        self._loans: dict[Hashable, Loan] = {}

    def add(self, value: Hashable, size: int, holder: Call | None) -> None:
        """Lend a value to a call."""
        if value not in self._loans:
            self._loans[value] = Loan(size, [])
            self.size += size
        self._loans[value].holders.append(holder)

    def remove(self, value: Hashable, holder: Call | None) -> None:
        """Take a value back from a call."""
        loan = self._loans[value]
        loan.holders.remove(holder)
        if not loan.holders:
            del self._loans[value]
            self.size -= loan.size

    def size_of(self, holders: Collection[Call | None]) -> int:
        """Return the bytes that stay lent at least until one of some calls ends."""
        return sum(
            loan.size
            for loan in self._loans.values()
            if any(holder in holders for holder in loan.holders)
        )
