"""Walks over a table model's chain: few names one by one, many in lockstep.

Both take the same steps: a row draws from its own counter-based generator at its own position,
so that its name depends neither on the kind of walk nor on the rows beside it.
"""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.arrays import Ids
from namesmith_server.engine.chain import Chain
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.random import draws, row_key, row_keys, uniforms
from namesmith_server.engine.stream import Stream

AHEAD = 10
"""Draws of a name that are made beforehand: in an array they cost a tenth."""


def one_by_one(chain: Chain, order: Order) -> list[int]:
    """The names of an order as the symbols of a stream.

    Raises:
        UnsatisfiableError: no name satisfies the constraint.
    """
    prefix = order.constraint.prefix
    start = chain.start(prefix)
    if order.count == 1:
        return [*prefix, *chain.name(start, row_key(order.seed, order.first))]
    keys = row_keys(order.seed, order.first, order.count)
    positions = np.arange(start.position, start.position + AHEAD, dtype=np.uint64)
    known = draws(keys[:, None], positions).tolist()
    symbols: list[int] = []
    for key, bits in zip(keys.tolist(), known, strict=True):
        symbols += prefix
        symbols += chain.name(start, key, bits)
    return symbols


def in_lockstep(chain: Chain, order: Order) -> Stream:
    """The names of an order as a stream: all rows take a step together, ended ones leave.

    Raises:
        UnsatisfiableError: no name satisfies the constraint.
    """
    position, row, opening = chain.start(order.constraint.prefix)
    names = blank(order.count, order)
    alive = np.arange(order.count)
    rows = np.full(order.count, row)
    keys = row_keys(order.seed, order.first, order.count)
    symbols: Ids = np.searchsorted(opening, uniforms(draws(keys, position)), side="right")
    while True:
        names[alive, position] = symbols
        going = np.flatnonzero(symbols != END)
        if not going.size:
            return joined(names)
        alive, keys = alive[going], keys[going]
        rows = chain.advance(rows[going], symbols[going])
        position += 1
        symbols = chain.symbols(position, rows, keys)


def blank(count: int, order: Order) -> NDArray[np.int32]:
    """Rows of symbols [count, max_length + 1] with the prefix written."""
    names = np.zeros((count, order.constraint.max_length + 1), dtype=np.int32)
    names[:, : len(order.constraint.prefix)] = order.constraint.prefix
    return names


def joined(names: NDArray[np.int32]) -> Stream:
    """Rows of symbols, padded with end symbols, as a stream."""
    kept = np.ones(names.shape, dtype=bool)
    kept[:, 1:] = names[:, :-1] != END
    return names[kept]
