"""What a model answers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.arrays import EncodedNames, Floats
from namesmith_server.engine.markov import NameStatistics


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
        """Returns the names of all chunks, of which the last one tells how the request ended."""
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
        """Returns the loss of both sets."""
        return Loss(
            self.total + other.total, self.names + other.names, self.symbols + other.symbols
        )

    @property
    def mean(self) -> float:
        """Mean negative log-probability per predicted symbol, nats."""
        return self.total / self.symbols


class Measure(NamedTuple):
    """The exact size of a constraint.

    Attributes:
        probability: that a name drawn freely, of any length, satisfies it.
        probability_given_lengths: that a name drawn between its lengths does.
        expected_length: characters of a name that satisfies it; 0 where there is none.
        names: satisfying names of positive probability; exact up to 2^53.
        above_floor: of these, names at least as probable as the floor, at most MAX_COUNTED_NAMES;
            None without a floor.
        more_above_floor: whether there are more of these.
    """

    probability: float
    probability_given_lengths: float
    expected_length: float
    names: float
    above_floor: int | None
    more_above_floor: bool


class TopNames(NamedTuple):
    """The most probable names, the most probable first.

    Attributes:
        names: without end symbols.
        log_probs: natural log, drawn freely under the sampling.
        exhausted: whether these are all names that there are.
    """

    names: list[str]
    log_probs: list[float]
    exhausted: bool


class Description(NamedTuple):
    """What names of a model are like as a whole, untransformed.

    Attributes:
        statistics: of names drawn freely.
        training_probability: that a name is one of the training split's.
        training_names: distinct names of the training split.
        perplexities: of each split.
    """

    statistics: NameStatistics
    training_probability: float
    training_names: int
    perplexities: dict[str, float]
