"""The compiled walk (walk.c), where the package was built with a C compiler."""

from collections.abc import Sequence
from ctypes import (
    CDLL,
    PyDLL,
    addressof,
    c_double,
    c_int32,
    c_int64,
    c_uint32,
    c_uint64,
    c_void_p,
    string_at,
)
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.chain import Chain
from namesmith_server.engine.parameters import MAX_LENGTH, Order

LIBRARY = Path(__file__).with_name("libwalk.so")

FEW = 256
"""Names that ``few`` walks at the most: some 0.1 ms."""

ARGUMENTS: Sequence[type[Any]] = [
    c_void_p,  # probabilities
    c_void_p,  # success
    c_int64,  # tails
    c_int64,  # vocabulary size
    c_uint64,  # seed
    c_int64,  # first row
    c_int64,  # count
    c_void_p,  # prefix
    c_int64,  # its length
    c_int64,  # context after it
    c_void_p,  # scratch
    c_void_p,  # code points of the symbols
    c_void_p,  # text, written
]


class CompiledWalk:
    """The walk of ``walk.in_lockstep``, row by row, to the same names.

    Raises:
        OSError: there is no library, or none of this machine's kind.
    """

    def __init__(self, points: NDArray[np.uint32]) -> None:
        """Takes the code point of each symbol [V]."""
        # For few names the interpreter's lock is kept: giving it away may cost a switch interval.
        self._few = PyDLL(str(LIBRARY)).walk
        self._many = CDLL(str(LIBRARY)).walk
        for function in (self._few, self._many):
            function.argtypes = ARGUMENTS
            function.restype = c_int64
        self._points = np.ascontiguousarray(points, dtype=np.uint32)
        self._prefix = (c_int32 * MAX_LENGTH)()
        self._sums = (c_double * len(points))()
        self._text = (c_uint32 * (FEW * (MAX_LENGTH + 1)))()
        self._at_prefix = addressof(self._prefix)
        self._at_rest = addressof(self._sums), self._points.ctypes.data, addressof(self._text)

    def few(self, chain: Chain, order: Order) -> str:
        """The names of an order of at most ``FEW``, as text; from one thread only.

        Raises:
            UnsatisfiableError: no name satisfies the constraint.
        """
        prefix = order.constraint.prefix
        length = len(prefix)
        self._prefix[:length] = list(prefix)
        written = self._few(
            *chain.addresses,
            order.seed,
            order.first,
            order.count,
            self._at_prefix,
            length,
            chain.start(prefix),
            *self._at_rest,
        )
        return string_at(self._at_rest[2], written * 4).decode("utf-32-le")

    def many(self, chain: Chain, order: Order) -> str:
        """The names of an order, as text; other threads run meanwhile. Raises as ``few``."""
        prefix = np.array(order.constraint.prefix, dtype=np.int32)
        sums = np.empty(chain.vocab_size)
        text = np.empty(order.count * (order.constraint.max_length + 1), dtype="<u4")
        written = self._many(
            *chain.addresses,
            order.seed,
            order.first,
            order.count,
            prefix.ctypes.data,
            len(prefix),
            chain.start(order.constraint.prefix),
            sums.ctypes.data,
            self._points.ctypes.data,
            text.ctypes.data,
        )
        return text[:written].tobytes().decode("utf-32-le")
