"""The product of two machines over the same symbols: its reachable pairs of states, each once.

The machines are two DFAs, whose product is their intersection, or a chain and a DFA. Pairs are
found breadth first, in compiled code where it is there; only their order differs without it.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine import native
from namesmith_server.engine.constraints.dfa import DEAD, Transitions
from namesmith_server.engine.core import Int32s, Int64s, checkpoint

CHUNK = 1 << 13
"""Number of pairs that compiled code examines between two checkpoints: a few milliseconds."""

Grow = Callable[[int, int], None]
"""Function that is told how many pairs and rows were found further; it may refuse them."""


class Product(NamedTuple):
    """Pairs of a left and a right state; the pair that all others are reached from is pair 0.

    Attributes:
        lefts: left state of each pair, int32 [N].
        rights: right state of each pair, int32 [N].
        rows: row of ``after`` for each pair, int32 [N]; pairs with the same successors may share a
            row.
        after: pair after each row and symbol, or ``DEAD``, int32 [R, V].
    """

    lefts: Int32s
    rights: Int32s
    rows: Int32s
    after: Transitions


class Machine(NamedTuple):
    """A machine whose states may share rows of successors.

    Attributes:
        rows: row of ``successors`` for each state, int32 [S].
        successors: state after each row and symbol, or ``DEAD``, int32 [R, V].
    """

    rows: Int32s
    successors: Transitions


def reachable_product(
    left: Machine, right: Transitions, start: tuple[int, int], most: int, grow: Grow
) -> Product | None:
    """Return the pairs that are reached from a pair; None where they are more than ``most``.

    Args:
        left: the left machine.
        right: right state after each right state and symbol, or ``DEAD``, int32 [Q, V].
        start: left and right state of the first pair.
        most: largest number of pairs, >= 1.
        grow: function that counts the pairs and rows, and raises an error to refuse them.
    """
    most = min(most, len(left.rows) * len(right))
    if not native.available:
        return _in_numpy(left, right, start, most, grow)
    table = native.ProductTable(left.rows, left.successors, right, start, most)
    pairs = shared = 0
    while not table.is_complete:
        checkpoint()
        if not table.expand(CHUNK):
            return None
        grow(table.pairs - pairs, table.shared - shared)
        pairs, shared = table.pairs, table.shared
    lefts, rights, rows = (array[:pairs] for array in (table.lefts, table.rights, table.rows))
    return Product(lefts, rights, rows, table.after[:shared])


def _in_numpy(
    left: Machine, right: Transitions, start: tuple[int, int], most: int, grow: Grow
) -> Product | None:
    """Return the pairs in the order of their levels, and of their keys within a level."""
    width = len(right)
    level = np.array([start[0] * width + start[1]], dtype=np.int64)
    known, levels = level, [level]
    while level.size:
        grow(len(level), 0)
        after = _keys_after(left, right, _row_keys(left, level, width)[0])
        level = np.setdiff1d(after[after != DEAD], known)
        known = np.union1d(known, level)
        levels.append(level)
        if len(known) > most:
            return None
    keys = np.concatenate(levels)
    row_keys, rows = _row_keys(left, keys, width)
    grow(0, len(row_keys))
    after = _keys_after(left, right, row_keys)
    order = np.argsort(keys)
    found = order[np.searchsorted(keys, after, sorter=order).clip(max=len(keys) - 1)]
    lefts, rights, numbers = (
        array.astype(np.int32) for array in (keys // width, keys % width, found)
    )
    numbers[after == DEAD] = DEAD
    return Product(lefts, rights, rows.astype(np.int32), numbers)


def _row_keys(left: Machine, keys: Int64s, width: int) -> tuple[Int64s, NDArray[np.intp]]:
    """Return the distinct keys of the rows of pairs, and the index of each pair's."""
    row_keys = left.rows[keys // width].astype(np.int64) * width + keys % width
    return np.unique(row_keys, return_inverse=True)


def _keys_after(left: Machine, right: Transitions, row_keys: Int64s) -> Int64s:
    """Return the key of the pair after each row and symbol, or ``DEAD``, int64 [R, V]."""
    checkpoint()
    width = len(right)
    lefts, rights = left.successors[row_keys // width], right[row_keys % width]
    dead = (lefts == DEAD) | (rights == DEAD)
    return np.where(dead, DEAD, lefts.astype(np.int64) * width + rights)
