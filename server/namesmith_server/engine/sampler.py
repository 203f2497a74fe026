"""The one interface of the two ways to sample."""

from typing import Protocol

from namesmith_server.engine.frames import Frames
from namesmith_server.engine.parameters import Order


class Sampler(Protocol):
    """Draws the names of orders, many at a time, none blocking the event loop for long.

    Attributes:
        part: names of a stream that are best drawn at once.
    """

    part: int

    def at_once(self, order: Order) -> Frames | None:
        """As ``sample``, where that takes no longer than a few calls; None where it would."""

    async def sample(self, order: Order) -> Frames:
        """The names of an order.

        Raises:
            UnsatisfiableError: no name satisfies the constraint.
            TooRareError: those that do are too rare.
            GaveUpError: none was found.
        """

    def close(self) -> None:
        """Ends what the sampler runs; what is still in flight is cancelled."""
