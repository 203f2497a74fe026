"""The losses of the splits, apart for names that stand in the train split and for new names.

Where names have counts, a name with the count c weighs in every mean like c names.

A data file may hold a name several times, and then a name of val stands in train too: a model that
learns names by heart looks better than it is. Every split therefore has its loss on the names that
stand in train (seen), and on the names that do not (unseen).

Where a split has no name of train, ``novel`` is the loss of a model that draws new names alone, in
which no probability is wasted on the names that it was trained on: with P = sum of p(name) over the
distinct names of train, a new name has the probability p(name) / (1 - P).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from namesmith_trainer.chains import Reals
from namesmith_trainer.data import Counts, mean_loss, name_counts, symbol_counts
from namesmith_trainer.training.progress import DivergedError

TRAIN = "train"
"""Name of the split that a model is trained on."""

VAL = "val"
"""Name of the split on which a run is evaluated while it trains."""


@dataclass(frozen=True)
class PartLoss:
    """The loss on some names of a split.

    Attributes:
        names: number of names, each once whatever its count.
        symbols: number of predicted symbols: characters, and one end symbol a name; likewise.
        loss: mean negative log-probability per predicted symbol, in nats; 0 without names.
    """

    names: int
    symbols: int
    loss: float


@dataclass(frozen=True)
class SplitLoss(PartLoss):
    """The loss on a split, and on its parts.

    Attributes:
        seen: the names that stand in the train split.
        unseen: the names that do not.
        novel: loss given that a name does not stand in the train split, exactly normalised, in
            nats; None where the split has names of train, or the model is no chain.
        probability: probability that the model draws a name of the split.
    """

    seen: PartLoss
    unseen: PartLoss
    novel: float | None
    probability: float


def split_losses(
    splits: Mapping[str, Sequence[str]], log_probs: Mapping[str, Reals], *, is_chain: bool
) -> dict[str, SplitLoss]:
    """Return the loss of each split.

    Args:
        splits: names of each split, ``TRAIN`` among them; every name has a character.
        log_probs: log-probability of each predicted symbol of each split, name by name: float64
            [characters + names].
        is_chain: whether the model is a chain or has a table, so that its probabilities are exact.

    Raises:
        DivergedError: a log-probability is not a finite number.
    """
    scores = {split: _scores(split, splits[split], log_probs[split]) for split in splits}
    known = set(splits[TRAIN])
    mass = {split: _mass(splits[split], scores[split]) for split in splits}
    losses = {}
    for split, names in splits.items():
        seen = np.array([name in known for name in names])
        counted = _Counted.of(names, scores[split])
        novel = None
        if is_chain and not seen.any() and mass[TRAIN] < 1:
            novel = counted.novel(mass[TRAIN])
        losses[split] = SplitLoss(
            names=len(names),
            symbols=len(log_probs[split]),
            loss=mean_loss(log_probs[split], symbol_counts(names)),
            seen=counted.part(seen),
            unseen=counted.part(~seen),
            novel=novel,
            probability=mass[split],
        )
    return losses


def _scores(split: str, names: Sequence[str], log_probs: Reals) -> Reals:
    """Return the log-probability of each name, float64 [names]."""
    if not np.isfinite(log_probs).all():
        raise DivergedError(f"the loss of the {split} split is not a number")
    ends = np.cumsum([len(name) + 1 for name in names])
    return np.add.reduceat(log_probs, [0, *ends[:-1]])


def _mass(names: Sequence[str], scores: Reals) -> float:
    """Return the sum of the probabilities of the distinct names."""
    return math.fsum(math.exp(score) for score in dict(zip(names, scores, strict=True)).values())


@dataclass(frozen=True)
class _Counted:
    """The names of a split with their counts.

    Attributes:
        lengths: number of predicted symbols of each name, int64 [names].
        scores: log-probability of each name, float64 [names].
        counts: count of each name, int64 [names]; 1 where names have none.
    """

    lengths: NDArray[np.int64]
    scores: Reals
    counts: Counts

    @classmethod
    def of(cls, names: Sequence[str], scores: Reals) -> Self:
        lengths = np.array([len(name) + 1 for name in names])
        counts = name_counts(names)
        return cls(lengths, scores, np.ones_like(lengths) if counts is None else counts)

    def novel(self, mass: float) -> float:
        """Return the loss where names with the probability ``mass`` in all are never drawn."""
        rest = int(self.counts.sum()) * math.log1p(-mass)
        return -(float((self.counts * self.scores).sum()) - rest) / self._symbols()

    def part(self, chosen: NDArray[np.bool_]) -> PartLoss:
        """Return the loss of the chosen names."""
        part = _Counted(self.lengths[chosen], self.scores[chosen], self.counts[chosen])
        total = float((part.counts * part.scores).sum())
        loss = -total / part._symbols() if len(part.scores) else 0.0
        return PartLoss(len(part.scores), int(part.lengths.sum()), loss)

    def _symbols(self) -> int:
        """Return the number of predicted symbols, each as often as its name's count says."""
        return int((self.counts * self.lengths).sum())
