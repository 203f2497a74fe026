"""The one interface of the two ways to draw names under any constraint."""

from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol

from namesmith_server.engine.parameters import Order
from namesmith_server.engine.stream import Symbols


class Drawn(NamedTuple):
    """The next names of an order.

    Attributes:
        symbols: the names as a stream.
        exhausted: whether there are fewer distinct names than were asked for, and these are all.
        acceptance: accepted names over tried ones so far; None where nothing is rejected.
    """

    symbols: Symbols
    exhausted: bool = False
    acceptance: float | None = None


class Constrained(Protocol):
    """Draws names that satisfy whatever an order asks for."""

    def parts(self, order: Order) -> AsyncIterator[Drawn]:
        """The names of an order, part by part, at least one name in all.

        Raises:
            PatternError: the pattern is none, or costs too much.
            TooComplexError: the constraint costs too much.
            UnsatisfiableError: no name satisfies the constraint.
            TooRareError: with a table, names that satisfy it are too rare.
            GaveUpError: without a table, names that satisfy it were not found.
        """
