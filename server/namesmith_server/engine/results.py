"""What a model answers."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine import frames
from namesmith_server.engine.frames import Frames


class Names(NamedTuple):
    """Names that were drawn.

    Attributes:
        frames: the names.
        log_probs: natural log, of each name with its end symbol, untransformed; float64 [N];
            empty unless asked for.
        exhausted: whether these are all distinct names, fewer than were asked for.
        acceptance: accepted names over tried ones; None where nothing is rejected.
        gave_up: whether fewer names were found by trying than were asked for.
    """

    frames: Frames
    log_probs: list[float]
    exhausted: bool = False
    acceptance: float | None = None
    gave_up: bool = False

    @property
    def names(self) -> list[str]:
        """The names, without end symbols."""
        return frames.names(self.frames)


class Scores(NamedTuple):
    """What the model believes of names.

    Attributes:
        log_probs: natural log, of each name with its end symbol; float64 [N].
        character_log_probs: of each symbol, name after name, each closed by its end symbol's;
            float32 [symbols].
        lengths: symbols of each name, end symbol included, int64 [N].
    """

    log_probs: NDArray[np.float64]
    character_log_probs: LogProbs
    lengths: NDArray[np.int64]


class Loss(NamedTuple):
    """The loss of a set of names; losses of parts add up.

    Attributes:
        total: negative log-probability of all names, nats.
        names: how many.
        symbols: predicted symbols: characters plus one end symbol a name.
    """

    total: float = 0.0
    names: int = 0
    symbols: int = 0

    def plus(self, other: "Loss") -> "Loss":
        """The loss of both sets."""
        return Loss(
            self.total + other.total, self.names + other.names, self.symbols + other.symbols
        )

    @property
    def mean(self) -> float:
        """Mean negative log-probability per predicted symbol, nats."""
        return self.total / self.symbols
