"""The compiled walk (_walk.c), where the package was built with a C compiler."""

import struct

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.chain import Chain
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.product import Product

FEW = 256
"""Names that are walked without letting other threads run: some 0.1 ms."""


class CompiledWalk:
    """The walk of ``walk.in_lockstep``, row by row, to the same names.

    Raises:
        ImportError: the package was built without a compiler.
    """

    def __init__(self, points: NDArray[np.uint32]) -> None:
        """Takes the code point of each symbol [V]."""
        from namesmith_server.engine._walk import walk  # noqa: PLC0415 - it may be absent

        self._walk = walk
        self._points = np.ascontiguousarray(points, dtype=np.uint32)
        self._at_points = self._points.ctypes.data

    def __call__(self, chain: Chain, order: Order) -> str:
        """The names of an order as text, each followed by the end symbol's character.

        Raises:
            UnsatisfiableError: no name satisfies the constraint.
        """
        prefix, _, longest, _ = order.constraint
        text: str = self._walk(
            chain.packed,
            self._at_points,
            order.seed,
            order.first,
            order.count,
            struct.pack(f"{len(prefix)}i", *prefix) if prefix else b"",
            chain.start(prefix),
            longest,
        )
        return text


class CompiledProductWalk:
    """The walk of ``Product.names``, row by row, to the same names.

    Raises:
        ImportError: the package was built without a compiler.
    """

    def __init__(self, points: NDArray[np.uint32]) -> None:
        """Takes the code point of each symbol [V]."""
        from namesmith_server.engine._walk import walk_product  # noqa: PLC0415 - it may be absent

        self._walk = walk_product
        self._points = np.ascontiguousarray(points, dtype=np.uint32)

    def __call__(self, product: Product, order: Order) -> str:
        """The names of an order, of which there must be some, as text."""
        text: str = self._walk(
            product.packed,
            self._points.ctypes.data,
            order.seed,
            order.first,
            order.count,
            struct.pack(f"{product.first}i", *product.prefix),
            0,  # the first layer knows its context
            product.longest,
        )
        return text
