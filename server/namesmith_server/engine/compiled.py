"""The compiled walk (walk.c), where the package was built with a C compiler."""

from collections.abc import Sequence
from ctypes import CDLL, POINTER, PyDLL, c_double, c_int32, c_int64, c_uint64
from pathlib import Path
from typing import Any

import numpy as np

from namesmith_server.engine.chain import Chain
from namesmith_server.engine.parameters import MAX_LENGTH, Order
from namesmith_server.engine.stream import Stream

LIBRARY = Path(__file__).with_name("libwalk.so")

FEW = 256
"""Names that ``few`` walks at the most: some 0.1 ms."""

ARGUMENTS: Sequence[type[Any]] = [
    POINTER(c_double),  # probabilities
    POINTER(c_double),  # success
    c_int64,  # tails
    c_int64,  # vocabulary size
    c_uint64,  # seed
    c_int64,  # first row
    c_int64,  # count
    POINTER(c_int32),  # prefix
    c_int64,  # its length
    c_int64,  # context after it
    POINTER(c_double),  # scratch
    POINTER(c_int32),  # symbols, written
]


class CompiledWalk:
    """The walk of ``walk.in_lockstep``, row by row, to the same symbols.

    Raises:
        OSError: there is no library, or none of this machine's kind.
    """

    def __init__(self) -> None:
        # For few names the interpreter's lock is kept: giving it away may cost a switch interval.
        self._few = PyDLL(str(LIBRARY)).walk
        self._many = CDLL(str(LIBRARY)).walk
        for function in (self._few, self._many):
            function.argtypes = ARGUMENTS
            function.restype = c_int64
        self._symbols = (c_int32 * (FEW * (MAX_LENGTH + 1)))()

    def few(self, chain: Chain, order: Order) -> list[int]:
        """The names of an order of at most ``FEW``; from one thread only.

        Raises:
            UnsatisfiableError: no name satisfies the constraint.
        """
        written = self._few(*_given(chain, order), self._symbols)
        return self._symbols[:written]

    def many(self, chain: Chain, order: Order) -> Stream:
        """The names of an order; other threads run meanwhile. Raises as ``few``."""
        most = order.count * (order.constraint.max_length + 1)
        symbols = np.empty(most, dtype=np.int32)
        given = _given(chain, order)
        written = self._many(*given, symbols.ctypes.data_as(POINTER(c_int32)))
        return symbols[:written]


def _given(chain: Chain, order: Order) -> tuple[object, ...]:
    prefix = order.constraint.prefix
    length = len(prefix)
    return (
        *chain.pointers,
        order.seed,
        order.first,
        order.count,
        (c_int32 * length)(*prefix) if prefix else None,
        length,
        chain.start(prefix),
        (c_double * chain.vocab_size)(),
    )
