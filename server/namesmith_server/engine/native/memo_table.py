"""The memo of distributions, for compiled code."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.native import layouts
from namesmith_server.engine.native.compiled import _memo
from namesmith_server.engine.native.layouts import address


class MemoTable:
    """The distributions of some contexts, found by the whole context; used by a thread at a time.

    Attributes:
        rows: distributions by their entries, [capacity, V].
        size: number of bytes that the table holds when it is full; fewer are touched before.
    """

    def __init__(
        self, capacity: int, block_size: int, vocab_size: int, precision: type[np.floating]
    ) -> None:
        """Set the number of distributions that are held, and their sizes."""
        slots = 1 << (2 * capacity - 1).bit_length()
        self._index = np.zeros(slots, dtype=np.int32)
        self._keys = np.empty((capacity, block_size), dtype=np.uint16)
        self.rows = np.empty((capacity, vocab_size), dtype=precision)
        self.size = self._index.nbytes + self._keys.nbytes + self.rows.nbytes
        self._table = np.zeros((), dtype=layouts.MEMO)
        self._table["index"], self._table["keys"] = address(self._index), address(self._keys)
        self._table["rows"], self._table["row_bytes"] = address(self.rows), self.rows[0].nbytes
        self._table["mask"], self._table["capacity"] = slots - 1, capacity
        self._table["block_size"] = block_size

    @staticmethod
    def bytes_of_one(block_size: int, vocab_size: int, precision: type[np.floating]) -> int:
        """Return the most bytes that a distribution takes, with its context and its index."""
        return vocab_size * np.dtype(precision).itemsize + 2 * block_size + 4 * 4

    def find(self, contexts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the entry of each context, [B, L] -> int64 [B]; -1 where it is unknown."""
        entries = np.empty(len(contexts), dtype=np.int64)
        where = address(contexts, np.int64), len(contexts), address(entries)
        _memo.find(address(self._table), *where)
        return entries

    def store(self, contexts: NDArray[np.int64], rows: NDArray[np.floating]) -> None:
        """Hold the distributions [B, V] of contexts [B, L], in place of older ones."""
        rows = np.ascontiguousarray(rows, dtype=self.rows.dtype)
        _memo.store(address(self._table), address(contexts, np.int64), address(rows), len(contexts))

    def walk(
        self,
        sequences: NDArray[np.void],
        places: NDArray[np.int64],
        difference: float,
        rounding: float,
    ) -> None:
        """Append symbols to some sequences as long as the table knows their contexts.

        A sequence stops where it ends, or where its draw is uncertain.

        Args:
            sequences: sequences, whose first fields are ``layouts.SEQUENCE``.
            places: places of simple sequences, [N]: no setting truncates, and none has a chain.
            difference: bound on the error of each log-probability, nats.
            rounding: bound on the rounding error of a cumulative probability.
        """
        fields: Mapping[str, tuple[Any, ...]] = sequences.dtype.fields or {}
        _memo.walk(
            address(self._table),
            *(sequences.ctypes.data, sequences.strides[0]),
            *(fields["context"][1], fields["symbols"][1]),
            *(address(places, np.int64), len(places), difference, rounding),
        )
