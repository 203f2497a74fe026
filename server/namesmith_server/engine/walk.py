"""A walk over a table model's chain in lockstep, in numpy: what the compiled walk is held to.

All rows take a step together, ended ones leave. A row draws from its own counter-based generator
at its own position, so that its name does not depend on the rows beside it.
"""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.chain import Chain
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.random import draws, row_keys, uniforms
from namesmith_server.engine.stream import Stream


def in_lockstep(chain: Chain, order: Order) -> Stream:
    """The names of an order as a stream.

    Raises:
        UnsatisfiableError: no name satisfies the constraint.
        TooRareError: those that do are too rare.
    """
    position = len(order.constraint.prefix)
    rows = np.full(order.count, chain.start(order.constraint.prefix))
    keys = row_keys(order.seed, order.first, order.count)
    names = blank(order.count, order)
    alive = np.arange(order.count)
    while alive.size:
        symbols = chain.symbols(position, rows, uniforms(draws(keys, position)))
        names[alive, position] = symbols
        going = symbols != END
        alive, keys = alive[going], keys[going]
        rows = chain.advance(rows[going], symbols[going])
        position += 1
    return joined(names)


def blank(count: int, order: Order) -> NDArray[np.int32]:
    """Rows of symbols [count, max_length + 1] with the prefix written."""
    names = np.zeros((count, order.constraint.max_length + 1), dtype=np.int32)
    names[:, : len(order.constraint.prefix)] = order.constraint.prefix
    return names


def joined(names: NDArray[np.integer]) -> Stream:
    """Rows of symbols, padded with end symbols, as a stream."""
    kept = np.ones(names.shape, dtype=bool)
    kept[:, 1:] = names[:, :-1] != END
    return names[kept]
