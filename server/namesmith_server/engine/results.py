"""The results of a model's operations."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.core import Counts, EncodedNames, Floats, name_count, name_places


class NamesChunk(NamedTuple):
    """The next names of a request.

    Attributes:
        names: the encoded names.
        log_probs: log-probability of each name under the default sampling, end symbol included,
            natural log, float64 [names]; None unless asked for.
        exhausted: whether the chunk ends all distinct names that exist, and they are fewer than
            were asked for.
        acceptance: acceptance rate so far; None for a model with a chain, which rejects none.
        gave_up: whether rejection sampling ended with fewer names than were asked for.
    """

    names: EncodedNames
    log_probs: Floats | None = None
    exhausted: bool = False
    acceptance: float | None = None
    gave_up: bool = False

    @staticmethod
    def concatenate(chunks: Sequence["NamesChunk"]) -> "NamesChunk":
        """Return one chunk with the names of all chunks, and the other fields of the last chunk."""
        last = chunks[-1]
        if len(chunks) == 1:
            return last
        names = np.concatenate([chunk.names for chunk in chunks])
        if last.log_probs is None:
            return last._replace(names=names)
        log_probs = [chunk.log_probs for chunk in chunks if chunk.log_probs is not None]
        return last._replace(names=names, log_probs=np.concatenate(log_probs))


class KeyNames(NamedTuple):
    """The names of keys.

    Attributes:
        names: the encoded names, one for each key.
        collision_probability: probability that two different keys have the same name, in (0, 1];
            without a chain an estimate from above.
        bearable_keys: largest number of keys of which half a pair of equal names is expected at
            most.
    """

    names: EncodedNames
    collision_probability: float
    bearable_keys: int


class Scores(NamedTuple):
    """The probabilities that a model gives to names.

    Attributes:
        log_probs: log-probability of each name, end symbol included, natural log, float64 [names].
        character_log_probs: log-probability of each symbol, name after name, end symbols included,
            natural log, float32 [symbols].
        lengths: number of symbols of each name, end symbol included, int64 [names].
    """

    log_probs: Floats
    character_log_probs: LogProbs
    lengths: NDArray[np.int64]


class UniqueNames(NamedTuple):
    """The unique names of numbers.

    Attributes:
        names: encoded name of each number.
        names_above_floor: number of names that the floor leaves to choose from.
        floor: natural log-probability that no numbered name is below.
    """

    names: EncodedNames
    names_above_floor: int
    floor: float


class Plausibilities(NamedTuple):
    """The plausibilities of names among a model's own.

    Attributes:
        values: probability that a name drawn freely is less probable than each name, names of the
            same probability by half, float64 [names] in [0, 1].
        resolution: largest difference of a log-probability, in nats, by which a name may be taken
            for less or more probable than another.
        draws: number of names of which the values are shares; None where they are computed.
    """

    values: Floats
    resolution: float
    draws: int | None


class Loss(NamedTuple):
    """The loss of a set of names, kept as a total, so that the losses of parts can be added.

    Attributes:
        total: negative log-probability of all names, each as often as it counts, nats.
        names: number of names, each once.
        symbols: number of predicted symbols: the characters, and an end symbol for each name.
        occurrences: sum of the counts of the names, >= 0; 0 where names have none, and each counts
            once.
        counted_symbols: sum of the counts of the names of all symbols; 0 likewise.
    """

    total: float = 0.0
    names: int = 0
    symbols: int = 0
    occurrences: int = 0
    counted_symbols: float = 0.0

    @staticmethod
    def of(log_probs: LogProbs, names: EncodedNames, counts: Counts | None = None) -> "Loss":
        """Return the loss of names whose symbols have these log-probabilities.

        Args:
            log_probs: log-probability of each symbol, float32 [N].
            names: encoded names.
            counts: count of each name, int64 [names]; None: each counts once.
        """
        if counts is None:
            return Loss(-float(log_probs.sum(dtype=np.float64)), name_count(names), len(names))
        of_symbols = np.repeat(counts, name_places(names)[1] + 1).astype(np.float64)
        total = -float((of_symbols * log_probs).sum())
        occurrences, symbols = int(counts.sum()), float(of_symbols.sum())
        return Loss(total, len(counts), len(names), occurrences, symbols)

    def plus(self, other: "Loss") -> "Loss":
        """Return the loss of the names of both losses."""
        return Loss(
            self.total + other.total,
            self.names + other.names,
            self.symbols + other.symbols,
            self.occurrences + other.occurrences,
            self.counted_symbols + other.counted_symbols,
        )

    @property
    def mean(self) -> float:
        """Mean negative log-probability per predicted symbol, nats; 0 without names."""
        return self.total / (self.counted_symbols or self.symbols) if self.symbols else 0.0


class SplitLoss(NamedTuple):
    """The loss of a split, apart for the names that do and do not stand in the training split.

    Attributes:
        whole: loss of all names of the split.
        seen: loss of the names that stand in the training split too.
        unseen: loss of the other names.
        novel: mean negative log-probability per predicted symbol, nats, where names are drawn given
            that they do not stand in the training split; None where the split has names of the
            training split, where no split is a training split or its names have all of the
            probability, and for a model without a chain.
    """

    whole: Loss
    seen: Loss
    unseen: Loss
    novel: float | None = None
