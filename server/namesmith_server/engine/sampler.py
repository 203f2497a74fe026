"""Sampling in lockstep: all rows take a step together, finished rows leave.

Each row draws from its own counter-based generator at its own position, so that its name does
not depend on which rows stand beside it.
"""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.chain import Chain, Floats
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.random import row_keys, uniforms
from namesmith_server.engine.stream import Stream

CHUNK = 4096
"""Rows that walk together."""


def walk(chain: Chain, order: Order) -> Stream:
    """The names of an order on a table model, as a stream.

    Raises:
        UnsatisfiableError: no name satisfies the constraint.
    """
    last = order.first + order.count
    return np.concatenate(
        [
            _walk(chain, order, row_keys(order.seed, at, min(CHUNK, last - at)))
            for at in range(order.first, last, CHUNK)
        ]
    )


def _walk(chain: Chain, order: Order, keys: NDArray[np.uint64]) -> Stream:
    prefix = order.constraint.prefix
    names = blank(len(keys), order)
    alive = np.arange(len(keys))
    rows = np.full(len(keys), chain.start(prefix))
    position = len(prefix)
    while alive.size:
        weights = chain.probabilities[rows] * chain.factors(position, rows)
        symbols = choose(cumulated(weights), uniforms(keys, position))
        names[alive, position] = symbols
        going = symbols != END
        alive, keys, rows, symbols = alive[going], keys[going], rows[going], symbols[going]
        rows = chain.advance(rows, symbols)
        position += 1
    return joined(names)


def blank(count: int, order: Order) -> NDArray[np.int64]:
    """Rows of symbols [count, max_length + 1] with the prefix written."""
    names = np.zeros((count, order.constraint.max_length + 1), dtype=np.int64)
    names[:, : len(order.constraint.prefix)] = order.constraint.prefix
    return names


def joined(names: NDArray[np.int64]) -> Stream:
    """Rows of symbols, padded with end symbols, as a stream."""
    kept = np.ones(names.shape, dtype=bool)
    kept[:, 1:] = names[:, :-1] != END
    return names[kept]


def cumulated(weights: Floats) -> Floats:
    """Cumulative distributions [B, V] of the weights; the last value of a row is 1."""
    sums = weights.cumsum(1)
    with np.errstate(invalid="ignore"):  # a row without weight becomes not-a-number
        sums /= sums[:, -1:]
    return sums


def choose(cumulative: Floats, u: Floats) -> NDArray[np.int64]:
    """The symbol [B] in whose share of [0, 1) each draw lies."""
    chosen: NDArray[np.int64] = (u[:, None] >= cumulative).sum(1)
    return chosen
