"""The states of a chain and an automaton together, layer by layer: a layer a length of names.

Knows which states can be reached; knows no probabilities.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.arrays import Floats, Rows
from namesmith_server.engine.automaton import DEAD, Automaton, States
from namesmith_server.engine.errors import TooComplexError
from namesmith_server.engine.turns import breathe

LAYER = 1 << 17
"""States of a layer, or twice the contexts of the model, where those are more."""

LAYERS = 32
"""So many layers of that size may all layers together be."""


class Layer(NamedTuple):
    """The states of names of one length.

    Attributes:
        rows: context of each state, int64 [S].
        may_end: whether the automaton lets a name end there, 0 or 1, float64 [S].
        nodes: of each state, its row of ``after``: states that differ only in the oldest symbol
            of their context share one; int64 [S].
        after: state of the next layer after each symbol, or ``DEAD``, int32 [N, V].
    """

    rows: Rows
    may_end: Floats
    nodes: NDArray[np.int64]
    after: States


class Layers(NamedTuple):
    """The layers of names of ever more characters.

    Attributes:
        layers: one a length; the same object where the states are the same ones.
        beyond: states of the layer after the last.
    """

    layers: list[Layer]
    beyond: int

    @property
    def size(self) -> int:
        """Bytes that they hold."""
        distinct = {id(layer): layer for layer in self.layers}
        return sum(array.nbytes for layer in distinct.values() for array in layer)


def layers(automaton: Automaton, contexts: int, start: tuple[int, int], count: int) -> Layers:
    """The first ``count`` layers, breadth first; none, where the automaton admits nothing.

    From where a layer has the states of the one before, all that follow are the same.

    Args:
        automaton: names that are admitted.
        contexts: V^L.
        start: context and state of the automaton, the first layer's only state.
        count: how many, >= 1.

    Raises:
        TooComplexError: there are too many states.
    """
    context, state = start
    if state == DEAD:
        return Layers([], 0)
    codes = np.array([context * len(automaton.table) + state])
    most = max(LAYER, 2 * contexts)
    found: list[Layer] = []
    total = 0
    while len(found) < count:
        breathe()
        layer, after = _expanded(automaton, contexts, codes)
        same = len(after) == len(codes) and bool((after == codes).all())
        times = count - len(found) if same else 1
        found += [layer] * times
        total += len(codes) * times
        if len(after) > most or total > most * LAYERS:
            raise TooComplexError(
                f"needs more than {most} states of this model at one length of names, or"
                f" {most * LAYERS} at all lengths; simplify it or shorten max_length"
            )
        codes = after
    return Layers(found, len(codes))


def _expanded(automaton: Automaton, contexts: int, codes: Rows) -> tuple[Layer, Rows]:
    """The layer of the states, and the codes of the states after it, sorted.

    A code is context x Q + state of the automaton.
    """
    width, size = automaton.table.shape
    rows, states = codes // width, codes % width
    nodes, shared = np.unique(rows % (contexts // size) * width + states, return_inverse=True)
    tails, moved = nodes // width, automaton.table[nodes % width]  # (N), (N, V)
    onward = tails[:, None] * size + np.arange(size)
    reached = np.where(moved == DEAD, DEAD, onward * width + moved)
    after, numbers = np.unique(reached, return_inverse=True)
    table = numbers.reshape(reached.shape).astype(np.int32)
    if after.size and after[0] == DEAD:
        after = after[1:]
        table -= 1  # DEAD, the first, becomes -1: itself
    return Layer(rows, automaton.accepting[states].astype(np.float64), shared, table), after
