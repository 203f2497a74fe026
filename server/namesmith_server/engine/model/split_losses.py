"""The losses of a model on the splits of its own data, apart for seen and unseen names.

A name of a split is *seen* where it stands in the training split too: a long memory looks better on
it than it is. Where no name of a split is seen, a chain also has its *novel loss* on the split:
names are drawn given that they do not stand in the training split, so that what the chain spends on
its memory is not held against it. With P(train) the probability of a training name, each name's
log-probability rises by -log(1 - P(train)). Where the names of a split have counts, a name with the
count c weighs in every loss like c names.
"""

import math
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import Counts, EncodedNames, are_among, name_ends, name_places
from namesmith_server.engine.errors import UnknownSplitError
from namesmith_server.engine.model.scorer import Scorer
from namesmith_server.engine.model.shared_value import SharedValue
from namesmith_server.engine.results import Loss, SplitLoss

TRAINING = "train"
"""The split whose names are seen, and not novel."""


T = TypeVar("T")


class Run(Protocol):
    """A function that runs work off the event loop and returns its result."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...  # noqa: D102 - above


class SplitLosses:
    """The losses of one model; used from one event loop, works off it."""

    def __init__(
        self,
        scorer: Scorer,
        splits: Mapping[str, EncodedNames],
        counts: Mapping[str, Counts],
        training: Callable[[], EncodedNames],
        run: Run,
    ) -> None:
        """Set the parts.

        Args:
            scorer: scorer on the model's backend.
            splits: encoded names of each split, by the name of the split.
            counts: count of each name of a split, int64 [names], by the name of the split; nothing
                for a split whose names count once each.
            training: function that returns the distinct names of the training split.
            run: function that runs work off the event loop.
        """
        self._scorer = scorer
        self._splits = splits
        self._counts = counts
        self._training = training
        self._run = run
        self._seen = {
            split: SharedValue(partial(run, partial(self._find_seen, split))) for split in splits
        }
        self._training_probability = SharedValue(partial(run, self._find_training_probability))

    async def loss(self, split: str, *, is_chain: bool) -> SplitLoss:
        """Compute the loss of a split, which includes the novel loss where the model is a chain.

        Raises:
            UnknownSplitError: the model lacks the split.
        """
        if split not in self._splits:
            raise UnknownSplitError(split, tuple(self._splits))
        in_seen = await self._seen[split].get()
        loss = await self._run(lambda: self._parts(split, in_seen))
        if not is_chain or loss.seen.names or TRAINING not in self._splits:
            return loss
        return loss._replace(novel=novel_loss(loss.whole, await self.training_probability()))

    async def training_probability(self) -> float:
        """Return the probability that a name stands in the training split, in [0, 1].

        It is the float64 sum over the split's distinct names, and 0 without a training split.
        """
        return await self._training_probability.get()

    def _parts(self, split: str, in_seen: NDArray[np.bool_]) -> SplitLoss:
        names, counts = self._splits[split], self._counts.get(split)
        log_probs, are_seen = self._scorer.log_probs(names), in_seen[name_ends(names)]

        def part(symbols: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> Loss:
            of_each = None if counts is None else counts[chosen]
            return Loss.of(log_probs[symbols], names[symbols], of_each)

        whole = Loss.of(log_probs, names, counts)
        return SplitLoss(whole, part(in_seen, are_seen), part(~in_seen, ~are_seen))

    def _find_seen(self, split: str) -> NDArray[np.bool_]:
        """Tell of each symbol of a split whether its name is seen, bool [N]."""
        names = self._splits[split]
        training = self._splits.get(TRAINING, names[:0])
        _, lengths = name_places(names)
        return np.repeat(are_among(names, training), lengths + 1)

    def _find_training_probability(self) -> float:
        training = self._training()
        if not len(training):
            return 0.0
        # Rounding may lift the sum above 1.
        return min(float(np.exp(self._scorer.name_log_probs(training)).sum()), 1.0)


def novel_loss(loss: Loss, training_probability: float) -> float | None:
    """Return the mean loss of names that are drawn given that they are no training names, nats.

    None where the training names have all of the probability, as far as float64 can tell.

    Args:
        loss: loss of names that do not stand in the training split, at least one.
        training_probability: probability that a name stands in the training split.
    """
    if training_probability >= 1:
        return None
    rest = (loss.occurrences or loss.names) * math.log1p(-training_probability)
    return (loss.total + rest) / (loss.counted_symbols or loss.symbols)
