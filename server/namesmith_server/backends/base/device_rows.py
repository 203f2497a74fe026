"""The interface of rows: sequences that a device draws, many steps without the host."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.backends.base.answers import Contexts


class Start(NamedTuple):
    """The state before the first draw of the rows of one request.

    Attributes:
        position: number of symbols before the first draw: the prefix.
        bars_end: whether the first draw must not be the end symbol.
        min_length: fewest characters of a name that fits, prefix included.
        max_length: most characters of a name, prefix included.
        temperature: divisor of the log-probabilities, >= 0; 0: the most probable symbol.
        top_k: number of most probable symbols that are kept, in [0, V]; 0: all.
        top_p: probability that the kept symbols together reach, in (0, 1].
        min_p: least probability of a kept symbol, as a share of the greatest, in [0, 1].
        margin: distance from a boundary of the cumulative distribution, a probability, at which a
            draw is uncertain.
        difference: bound on the error of each log-probability, nats: a draw is uncertain also where
            such an error could change the symbols that are kept.
        context: context of the first draw, int64 [L].
    """

    position: int
    bars_end: bool
    min_length: int
    max_length: int
    temperature: float
    top_k: int
    top_p: float
    min_p: float
    margin: float
    difference: float
    context: NDArray[np.int64]

    @property
    def truncates(self) -> bool:
        """True if a setting may truncate a symbol."""
        return self.temperature == 0 or self.top_k > 0 or self.top_p < 1 or self.min_p > 0


class Landed(NamedTuple):
    """The rows of a flight after its steps; the arrays hold until the next flight but one.

    Attributes:
        ended: whether each row has ended, by its end symbol or by growing too long, bool [N].
        fits: whether each row has ended as a name of an allowed length, bool [N].
        uncertain: whether a draw of the row in this flight was uncertain, bool [N].
        symbols: symbols that each row has drawn so far, uint16 [N, width], END behind them; a
            symbol stands at its position in the name, and the prefix is left out.
    """

    ended: NDArray[np.bool_]
    fits: NDArray[np.bool_]
    uncertain: NDArray[np.bool_]
    symbols: NDArray[np.uint16]


class Flight(ABC):
    """Steps of some rows that a device computes."""

    @abstractmethod
    def wait(self) -> Landed:
        """Return the rows after the steps, once the device has computed them."""


class Rows(ABC):
    """Sequences that live on a device, in numbered slots, and are drawn there.

    Used from one thread. Random numbers, logits processors and draws are those of the engine, bit
    for bit where a draw is certain.

    Attributes:
        name: word for the backend whose rows these are.
        capacity: number of slots.
        most: largest number of slots of one flight.
    """

    name: str
    capacity: int
    most: int

    @abstractmethod
    def load(self, slots: NDArray[np.int64], keys: NDArray[np.uint64], start: Start) -> None:
        """Put new rows into slots [N]; the keys [N] start their random numbers."""

    @abstractmethod
    def launch(self, slots: NDArray[np.int64]) -> Flight:
        """Begin a few steps of the rows in distinct slots [N], 1 <= N <= ``most``.

        A row that has ended or whose draw was uncertain must be loaded anew before its slot flies
        again.
        """

    @abstractmethod
    def log_probs(self, contexts: Contexts) -> NDArray[np.float64]:
        """Return log P(next symbol | context) as rows are drawn from it: float64 [B, V]."""
