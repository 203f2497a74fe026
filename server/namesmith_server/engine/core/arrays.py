"""The types of the arrays that the engine's functions take and return."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Int32s = NDArray[np.int32]
"""Ids of states, of rows, of pairs or of names, from 0, as compiled code reads them."""

Int64s = NDArray[np.int64]
"""Integers that may be 2^31 or more: keys of pairs, ranks, numbers that callers give."""

Reals = NDArray[np.floating]
"""An array of float32 or float64."""

Symbols = NDArray[np.integer]
"""Ids of symbols, [B]."""

States = NDArray[np.integer]
"""Ids of states, from 0: of a chain, of a DFA or of a trellis's layer, [B]."""

EncodedNames = NDArray[np.integer]
"""Many names as one array of symbols, each name followed by the end symbol, [N]."""

Counts = NDArray[np.int64]
"""Count of each of many names, >= 1, [names]."""


def places_within(groups: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the place of each item among the items of its group, from 0, int64 [N].

    Args:
        groups: number of each item's group, [N].
    """
    order = np.argsort(groups, kind="stable")
    _, starts, counts = np.unique(groups[order], return_index=True, return_counts=True)
    places = np.empty_like(order)
    places[order] = np.arange(len(order)) - np.repeat(starts, counts)
    return places


def chunk_slices(count: int, size: int) -> list[slice]:
    """Return slices of at most ``size`` items that together cover ``count`` items, in order."""
    return [slice(at, min(at + size, count)) for at in range(0, count, size)]
