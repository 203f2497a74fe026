"""The counts of names: a name with the count c stands for c occurrences of the name.

Nothing is repeated in memory: a name, and each of its contexts, stands once, with its count.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from namesmith.bundle import MAX_COUNT, MAX_OCCURRENCES
from namesmith_trainer.data.errors import DataError

Counts = NDArray[np.int64]
"""Count of each name, or of each predicted symbol: >= 1."""


def add_counts(
    source: str, names: Sequence[str], counts: Sequence[int]
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the distinct names in the order of their first lines, and the sum of each's counts.

    Args:
        source: file of the names, for messages.
        names: names, not empty.
        counts: count of each name.

    Raises:
        DataError: a count or the sum of a name's counts is not in [1, MAX_COUNT], or all counts
            together stand for more than ``MAX_OCCURRENCES`` predicted symbols.
    """
    sums: dict[str, int] = {}
    for name, count in zip(names, counts, strict=True):
        total = sums.get(name, 0) + count
        if count < 1 or total > MAX_COUNT:
            told = f"the count of {name!r}, {count if count < 1 else total:,}"
            raise DataError(f"{source}: {told}, is not in [1, {MAX_COUNT:,}]")
        sums[name] = total
    symbols = sum(count * (len(name) + 1) for name, count in sums.items())
    if symbols > MAX_OCCURRENCES:
        raise DataError(
            f"{source}: the counts stand for {symbols:,} characters and ends of names, at most"
            f" {MAX_OCCURRENCES:,} are taken"
        )
    return tuple(sums), tuple(sums.values())


def mean_loss(log_probs: NDArray[np.float64], counts: Counts | None) -> float:
    """Return the mean of -log_probs float64 [N], each as often as its count int64 [N] says."""
    if counts is None:
        return -float(log_probs.mean())
    return -float(np.average(log_probs, weights=counts))
