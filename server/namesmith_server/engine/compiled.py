"""The compiled walk (_walk.c), where the package was built with a C compiler."""

import struct

from namesmith_server.engine.chain import Chain
from namesmith_server.engine.frames import Frames
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.product import Product
from namesmith_server.engine.stream import Codec

FEW = 256
"""Names that are walked without letting other threads run: some 0.1 ms."""


class CompiledWalk:
    """The walk of ``walk.in_lockstep``, row by row, to the same names.

    Raises:
        ImportError: the package was built without a compiler.
    """

    def __init__(self, codec: Codec) -> None:
        """Takes what spells the symbols."""
        from namesmith_server.engine._walk import walk  # noqa: PLC0415 - it may be absent

        self._walk = walk
        self._symbols = codec.packed

    def __call__(self, chain: Chain, order: Order) -> Frames:
        """The names of an order.

        Raises:
            UnsatisfiableError: no name satisfies the constraint.
        """
        prefix, _, longest, _ = order.constraint
        frames: Frames = self._walk(
            chain.packed,
            self._symbols,
            order.seed,
            order.first,
            order.count,
            struct.pack(f"{len(prefix)}i", *prefix) if prefix else b"",
            chain.start(prefix),
            longest,
        )
        return frames


class CompiledProductWalk:
    """The walk of ``Product.names``, row by row, to the same names.

    Raises:
        ImportError: the package was built without a compiler.
    """

    def __init__(self, codec: Codec) -> None:
        """Takes what spells the symbols."""
        from namesmith_server.engine._walk import walk_product  # noqa: PLC0415 - it may be absent

        self._walk = walk_product
        self._symbols = codec.packed

    def __call__(self, product: Product, order: Order) -> Frames:
        """The names of an order, of which there must be some."""
        frames: Frames = self._walk(
            product.packed,
            self._symbols,
            order.seed,
            order.first,
            order.count,
            struct.pack(f"{product.first}i", *product.prefix),
            0,  # the first layer knows its context
            product.longest,
        )
        return frames
