"""The product of two walks: the pairs of states that names reach, breadth first.

Where the states are contexts of names, of a pair one state's context ends with the other's: the
product has no more states than both walks together.
"""

from typing import NamedTuple

import numpy as np

from namesmith.vocabulary import END
from namesmith_server.engine.blending.walks import Walks, check_states
from namesmith_server.engine.core import Int32s, Int64s, checkpoint, chunk_slices, reserve

CHUNK = 1 << 13
"""Number of rows of successors that are numbered between two checkpoints."""

Keys = Int64s
"""Pairs of states, or of rows, as numbers, in ascending order."""


class Product(NamedTuple):
    """Walks in pairs of states.

    Attributes:
        walks: the walks.
        ones: state of the one walk in each pair, int32 [S].
        others: state of the other walk in each pair, int32 [S].
    """

    walks: Walks
    ones: Int32s
    others: Int32s


def product(one: Walks, other: Walks) -> Product:
    """Return the product of two walks over the same symbols.

    Raises:
        CannotBlendError: it has too many states.
    """
    size, width = len(other.rows), len(other.successors)
    start = one.start * size + other.start
    keys = _reachable(one, other, start)
    ones, others = (half.astype(np.int32) for half in np.divmod(keys, size))
    shared, rows = np.unique(_row_keys(one, other, keys), return_inverse=True)
    reserve(len(shared) * one.successors.shape[1] * 4)
    successors = np.empty((len(shared), one.successors.shape[1]), dtype=np.int32)
    for part in chunk_slices(len(shared), CHUNK):
        checkpoint()
        first, second = np.divmod(shared[part], width)
        after = one.successors[first].astype(np.int64) * size + other.successors[second]
        successors[part] = np.searchsorted(keys, after)
    begin = int(np.searchsorted(keys, start))
    return Product(Walks(rows.astype(np.int32), successors, begin), ones, others)


def _reachable(one: Walks, other: Walks, start: int) -> Keys:
    """Return the pairs that names reach from the start."""
    size, width = len(other.rows), len(other.successors)
    reached = new = np.array([start], dtype=np.int64)
    expanded = np.zeros(0, dtype=np.int64)  # pairs of rows
    while new.size:
        rows = np.setdiff1d(_distinct(_row_keys(one, other, new)), expanded, assume_unique=True)
        expanded = np.sort(np.concatenate([expanded, rows]))
        found = [reached[:0]]
        for part in chunk_slices(len(rows), CHUNK):
            checkpoint()
            first, second = np.divmod(rows[part], width)
            after = one.successors[first, END + 1 :].astype(np.int64) * size
            after += other.successors[second, END + 1 :]
            found.append(_distinct(after.ravel()))
        new = np.setdiff1d(_distinct(np.concatenate(found)), reached, assume_unique=True)
        reached = np.sort(np.concatenate([reached, new]))
        check_states(len(reached))
        reserve(new.nbytes)
    return reached


def _row_keys(one: Walks, other: Walks, keys: Keys) -> Keys:
    """Return the pair of rows of each pair of states."""
    first, second = np.divmod(keys, len(other.rows))
    return one.rows[first].astype(np.int64) * len(other.successors) + other.rows[second]


def _distinct(keys: Keys) -> Keys:
    """Return the distinct keys: by sorting, which takes a tenth of the time of numpy's hashing."""
    keys = np.sort(keys)
    distinct: Keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)]]
    return distinct
