"""The one interface of the two ways to draw names under any constraint."""

from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol

from namesmith_server.engine.frames import Frames, names
from namesmith_server.engine.parameters import Order


class Drawn(NamedTuple):
    """The next names of an order.

    Attributes:
        frames: the names.
        exhausted: whether there are fewer distinct names than were asked for, and these are all.
        acceptance: accepted names over tried ones so far; None where nothing is rejected.
        gave_up: whether no more names were found by trying, though there may be more.
    """

    frames: Frames
    exhausted: bool = False
    acceptance: float | None = None
    gave_up: bool = False

    @property
    def names(self) -> list[str]:
        """The names, without end symbols."""
        return names(self.frames)


class Constrained(Protocol):
    """Draws names that satisfy whatever an order asks for."""

    def parts(self, order: Order) -> AsyncIterator[Drawn]:
        """The names of an order, part by part, at least one name in all; none where it gave up.

        Raises:
            PatternError: the pattern is none, or costs too much.
            TooComplexError: the constraint costs too much.
            UnsatisfiableError: no name satisfies the constraint.
            TooRareError: with a table, names that satisfy it are too rare.
            GaveUpError: without a table, no name that satisfies it was found.
        """
