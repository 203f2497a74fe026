"""The splits of a list of names: train, val and test, each with the counts of its names."""

import random
from collections.abc import Sequence

import numpy as np

from namesmith.bundle import SPLIT_LIMIT
from namesmith_trainer.data.counts import Counts
from namesmith_trainer.data.errors import DataError
from namesmith_trainer.data.shares import Shares
from namesmith_trainer.words import counted

SPLIT_SEED = 42
"""Seed of the shuffle before the names are cut into splits; the notebook has the same seed."""


class Split(list[str]):
    """The names of a split, in the order of its file.

    Attributes:
        counts: count of each name, int64 [names], >= 1; None where each name counts once.
    """

    def __init__(self, names: Sequence[str], counts: Counts | None = None) -> None:
        """Keep names, and the count of each."""
        super().__init__(names)
        self.counts = counts

    @property
    def occurrences(self) -> int:
        """Sum of the counts; 0 where the names have none."""
        return 0 if self.counts is None else int(self.counts.sum())

    def at(self, places: Sequence[int]) -> "Split":
        """Return the names at these places, with their counts."""
        return Split(
            [self[place] for place in places],
            None if self.counts is None else self.counts[list(places)],
        )


def cut_splits(
    source: str, names: Split, shares: Shares, validation: Split | None
) -> dict[str, Split]:
    """Shuffle names and cut them into train, val and test; the notebook's third cell cuts the same.

    A name stands in one split with its whole count.

    Args:
        source: file of the names, for messages.
        names: all names.
        shares: shares of train, val and test in the names.
        validation: val split from a file of its own. Train then has the share of val too, and test
            is the same as without; None: val is cut from the names.

    Raises:
        DataError: a split would be empty, or larger than a bundle may hold.
    """
    order = list(range(len(names)))
    random.Random(SPLIT_SEED).shuffle(order)  # noqa: S311 - the notebook's generator
    train, val = shares.ends(len(order))
    if validation is not None:
        train = val
    splits = {
        "train": names.at(order[:train]),
        "val": names.at(order[train:val]) if validation is None else validation,
        "test": names.at(order[val:]),
    }
    for split, part in splits.items():
        if not part:
            leave = counted(len(names), "name leaves", "names leave")
            raise DataError(
                f"{source}: {leave} the {split} split empty; 10 names suffice for the usual"
                " shares, --split gives others, and --val-data a val split of its own"
            )
        if (size := len("\n".join(part).encode()) + 1) > SPLIT_LIMIT:
            raise DataError(
                f"{source}: the {split} split has {size:,} bytes, at most {SPLIT_LIMIT:,} may stand"
                " in a bundle"
            )
    return splits


def name_counts(names: Sequence[str]) -> Counts | None:
    """Return the count of each name of a split, int64 [names]; None where each counts once."""
    return names.counts if isinstance(names, Split) else None


def symbol_counts(names: Sequence[str]) -> Counts | None:
    """Return the count of the name of each predicted symbol of a split, name by name.

    Returns:
        int64 [characters + names]; None where each name counts once.
    """
    counts = name_counts(names)
    if counts is None:
        return None
    return np.repeat(counts, [len(name) + 1 for name in names])
