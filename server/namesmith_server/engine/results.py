"""What a model answers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.core import EncodedNames, Floats


class NamesChunk(NamedTuple):
    """The next names of a request.

    Attributes:
        names: encoded.
        log_probs: natural log, of each name with its end symbol, untransformed; float64 [names];
            None unless asked for.
        exhausted: whether these are the last of all distinct names, fewer than were asked for.
        acceptance: accepted names over tried ones so far; None where nothing is rejected.
        gave_up: whether fewer names were found by trying than were asked for.
    """

    names: EncodedNames
    log_probs: Floats | None = None
    exhausted: bool = False
    acceptance: float | None = None
    gave_up: bool = False

    @staticmethod
    def concatenate(chunks: Sequence["NamesChunk"]) -> "NamesChunk":
        """Return the names of all chunks, of which the last one tells how the request ended."""
        last = chunks[-1]
        if len(chunks) == 1:
            return last
        names = np.concatenate([chunk.names for chunk in chunks])
        if last.log_probs is None:
            return last._replace(names=names)
        log_probs = [chunk.log_probs for chunk in chunks if chunk.log_probs is not None]
        return last._replace(names=names, log_probs=np.concatenate(log_probs))


class Scores(NamedTuple):
    """The probabilities that a model gives to names.

    Attributes:
        log_probs: natural log, of each name with its end symbol; float64 [names].
        character_log_probs: of each symbol, name after name, each closed by its end symbol's;
            float32 [symbols].
        lengths: symbols of each name, end symbol included, int64 [names].
    """

    log_probs: Floats
    character_log_probs: LogProbs
    lengths: NDArray[np.int64]


class Loss(NamedTuple):
    """The loss of a set of names; losses of parts add up.

    Attributes:
        total: negative log-probability of all names, nats.
        names: number of names.
        symbols: predicted symbols: characters plus one end symbol a name.
    """

    total: float = 0.0
    names: int = 0
    symbols: int = 0

    def plus(self, other: "Loss") -> "Loss":
        """Return the loss of both sets."""
        return Loss(
            self.total + other.total, self.names + other.names, self.symbols + other.symbols
        )

    @property
    def mean(self) -> float:
        """Mean negative log-probability per predicted symbol, nats."""
        return self.total / self.symbols
