"""A walk over a chain or a product in lockstep, in numpy: what the compiled walk is held to.

All rows take a step together, ended ones leave. A row draws from its own counter-based generator
at its own position, so that its name does not depend on the rows beside it.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.arrays import Floats, Ids
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.random import draws, row_keys, uniforms
from namesmith_server.engine.stream import Stream

States = NDArray[Any]
"""Integers, of the kind that is walked over."""


class Walked(Protocol):
    """What names are walked over: a ``Chain`` or a ``Product``.

    Attributes:
        packed: it, as compiled code takes it.
    """

    packed: bytes

    def start(self, prefix: tuple[int, ...]) -> int:
        """The state after the prefix.

        Raises:
            UnsatisfiableError: no name goes on from it.
            TooRareError: those that do are too rare.
        """

    def symbols(self, position: int, states: States, u: Floats) -> Ids:
        """The next symbol [B] of each state, ``position`` characters in, by its draw [B]."""

    def advance(self, position: int, states: States, symbols: Ids) -> States:
        """The states after the symbols."""


def in_lockstep(walked: Walked, order: Order) -> Stream:
    """The names of an order as a stream; raises as ``Walked.start``."""
    position = len(order.constraint.prefix)
    states: States = np.full(order.count, walked.start(order.constraint.prefix))
    keys = row_keys(order.seed, order.first, order.count)
    names = blank(order.count, order)
    alive = np.arange(order.count)
    while alive.size:
        symbols = walked.symbols(position, states, uniforms(draws(keys, position)))
        names[alive, position] = symbols
        going = symbols != END
        alive, keys = alive[going], keys[going]
        states = walked.advance(position, states[going], symbols[going])
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
