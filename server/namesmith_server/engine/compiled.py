"""The compiled code (_walk.c, _look.c), where the package was built with a C compiler."""

import struct
from collections.abc import Callable

import numpy as np

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.arrays import Ids
from namesmith_server.engine.frames import Frames
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.rows import Rows
from namesmith_server.engine.stream import Codec
from namesmith_server.engine.walk import Walked

FEW = 512
"""Names that are walked without letting other threads run: some 0.1 ms."""


class CompiledWalk:
    """The walk of ``walk.in_lockstep``, row by row, to the same names."""

    def __init__(self, walk: Callable[..., Frames], codec: Codec) -> None:
        """Takes a function of _walk.c, and what spells the symbols."""
        self._walk = walk
        self._symbols = codec.packed

    def __call__(self, walked: Walked, order: Order) -> Frames:
        """The names of an order; raises as ``Walked.start``."""
        prefix, _, longest, _ = order.constraint
        return self._walk(
            walked.packed,
            self._symbols,
            order.seed,
            order.first,
            order.count,
            struct.pack(f"{len(prefix)}i", *prefix) if prefix else b"",
            walked.start(prefix),
            longest,
        )


def compiled_walk(codec: Codec) -> CompiledWalk:
    """The walk over chains.

    Raises:
        ImportError: the package was built without a compiler.
    """
    from namesmith_server.engine._walk import walk  # noqa: PLC0415 - it may be absent

    return CompiledWalk(walk, codec)


def compiled_product_walk(codec: Codec) -> CompiledWalk:
    """The walk over products; raises as ``compiled_walk``."""
    from namesmith_server.engine._walk import walk_product  # noqa: PLC0415 - it may be absent

    return CompiledWalk(walk_product, codec)


class CompiledLook:
    """The look of ``decider.look`` at plain rows, to the same symbols or to leave them open.

    Raises:
        ImportError: the package was built without a compiler.
    """

    def __init__(self, slack: float, rounding: float) -> None:
        """Takes what two distributions may differ by, and more than float64 loses."""
        from namesmith_server.engine._look import look  # noqa: PLC0415 - it may be absent

        self._look = look
        self._bounds = slack, rounding

    def __call__(self, rows: Rows, log_probs: LogProbs) -> Ids:
        """The next symbol of each row."""
        symbols: Ids = np.empty(len(rows), dtype=np.int64)
        log_probs = np.ascontiguousarray(log_probs, dtype=np.float32)
        self._look(
            rows.ctypes.data,
            rows.strides[0],
            *(len(rows), log_probs.ctypes.data, log_probs.shape[1]),
            *self._bounds,
            symbols.ctypes.data,
        )
        return symbols
