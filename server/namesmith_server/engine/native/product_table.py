"""The product of two machines while it is found, for compiled code."""

import numpy as np

from namesmith_server.engine.core import Int32s
from namesmith_server.engine.native import layouts
from namesmith_server.engine.native.compiled import _product
from namesmith_server.engine.native.layouts import address


class ProductTable:
    """The reachable pairs of the states of two machines, as ``constraints.product`` finds them.

    Attributes:
        lefts: left state of each pair, int32 [most].
        rights: right state of each pair, int32 [most].
        rows: row of ``after`` for each pair, int32 [most].
        after: pair after each row and symbol, or -1, int32 [most, V].
    """

    def __init__(
        self, left_rows: Int32s, left: Int32s, right: Int32s, start: tuple[int, int], most: int
    ) -> None:
        """Set the machines, the pair that the others are reached from, and the room for pairs.

        Args:
            left_rows: row of ``left`` for each left state, int32 [S].
            left: left state after each row and symbol, or -1, int32 [R, V].
            right: right state after each state and symbol, or -1, int32 [Q, V].
            start: left and right state of the first pair.
            most: largest number of pairs, >= 1.
        """
        size, slots = left.shape[1], 1 << (2 * most - 1).bit_length()
        self.lefts, self.rights, self.rows, firsts = (
            np.empty(most, dtype=np.int32) for _ in range(4)
        )
        self.after = np.empty((most, size), dtype=np.int32)
        pair_slots, row_slots = (np.full(slots, -1, dtype=np.int32) for _ in range(2))
        arrays = (left_rows, left, right, self.lefts, self.rights, self.rows, self.after)
        self._held = *arrays, firsts, pair_slots, row_slots
        names = layouts.PRODUCT.names or ()
        self._table = np.zeros((), dtype=layouts.PRODUCT)
        for name, array in zip(names, self._held, strict=False):
            self._table[name] = address(array, np.int32)
        self._table["size"], self._table["mask"] = size, slots - 1
        self._table["most_pairs"] = self._table["most_rows"] = most
        _product.begin(address(self._table), *start)

    @property
    def pairs(self) -> int:
        """Number of pairs so far."""
        return int(self._table["pairs"])

    @property
    def shared(self) -> int:
        """Number of rows so far."""
        return int(self._table["shared"])

    @property
    def is_complete(self) -> bool:
        """True if every pair has a row."""
        return bool(self._table["examined"] == self._table["pairs"])

    def expand(self, count: int) -> bool:
        """Find the rows of up to ``count`` pairs more; return whether there was room for pairs."""
        fits: bool = _product.expand(address(self._table), count)
        return fits
