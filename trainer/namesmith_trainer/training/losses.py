"""The losses of the splits, apart for names that stand in the train split and for new names.

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

import numpy as np
from numpy.typing import NDArray

from namesmith_trainer.chains import Reals
from namesmith_trainer.training.progress import DivergedError

TRAIN = "train"
"""Name of the split that a model is trained on."""

VAL = "val"
"""Name of the split on which a run is evaluated while it trains."""


@dataclass(frozen=True)
class PartLoss:
    """The loss on some names of a split.

    Attributes:
        names: number of names.
        symbols: number of predicted symbols: characters, and one end symbol a name.
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
        novel = None
        if is_chain and not seen.any() and mass[TRAIN] < 1:
            rest = len(names) * math.log1p(-mass[TRAIN])
            novel = -(float(scores[split].sum()) - rest) / len(log_probs[split])
        losses[split] = SplitLoss(
            names=len(names),
            symbols=len(log_probs[split]),
            loss=-float(log_probs[split].mean()),
            seen=_part(names, scores[split], seen),
            unseen=_part(names, scores[split], ~seen),
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


def _part(names: Sequence[str], scores: Reals, chosen: NDArray[np.bool_]) -> PartLoss:
    """Return the loss of the chosen names."""
    symbols = sum(len(names[i]) + 1 for i in np.flatnonzero(chosen).tolist())
    total = float(scores[chosen].sum())
    return PartLoss(int(chosen.sum()), symbols, -total / symbols if symbols else 0.0)
