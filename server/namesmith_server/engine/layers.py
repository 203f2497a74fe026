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

MADE = 10
"""So many those that are not the same object as the one before: they take longer to make."""

DENSE = 32
"""Possible keys for each given one up to which they are told apart by an array with a place for
each; sparser ones are sorted."""


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
    rows, states = np.array([context]), np.array([state])
    most = max(LAYER, 2 * contexts)
    found: list[Layer] = []
    total = made = 0
    while len(found) < count:
        breathe()
        layer, after, onward = _expanded(automaton, contexts, rows, states)
        same = np.array_equal(after, rows) and np.array_equal(onward, states)
        times = count - len(found) if same else 1
        found += [layer] * times
        total += len(rows) * times
        made += len(rows)
        if len(after) > most or made > most * MADE or total > most * LAYERS:
            raise TooComplexError(
                f"needs more than {most} states of this model at one length of names,"
                f" {most * MADE} that no other length has, or {most * LAYERS} at all lengths;"
                " simplify it or shorten max_length"
            )
        rows, states = after, onward
    return Layers(found, len(rows))


def _expanded(
    automaton: Automaton, contexts: int, rows: Rows, states: Rows
) -> tuple[Layer, Rows, Rows]:
    """The layer of the contexts and states of the automaton, and those after it."""
    size = automaton.table.shape[1]
    tails = contexts // size
    first, shared = _distinct(automaton, rows % tails, states, tails)
    moved = automaton.table[states[first]]  # (N, V)
    alive = np.flatnonzero(moved != DEAD)
    onward = (rows[first] % tails * size)[alive // size] + alive % size
    reached = moved.reshape(-1)[alive].astype(np.int64)
    after, numbers = _distinct(automaton, onward, reached, contexts)
    table = np.full(moved.shape, DEAD, dtype=np.int32)
    table.reshape(-1)[alive] = numbers
    may_end = automaton.accepting[states].astype(np.float64)
    return Layer(rows, may_end, shared, table), onward[after], reached[after]


def _distinct(
    automaton: Automaton, contexts: Rows, states: Rows, count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of pairs of a context and a state: a place of each that is distinct; the number of each.

    A state of the automaton's tree tells its context, as one name alone leads to it.

    Args:
        automaton: of the states.
        contexts: [B], in [0, count).
        states: [B].
        count: of contexts.
    """
    tree = automaton.tree
    free = len(automaton.table) - tree
    keys = np.where(states < tree, states, contexts * free + states)
    bound = tree + count * free
    if bound > DENSE * len(keys):
        return np.unique(keys, return_index=True, return_inverse=True)[1:]
    place = np.full(bound, -1, dtype=np.int32)
    place[keys] = np.arange(len(keys), dtype=np.int32)
    found = np.flatnonzero(place >= 0)
    first = place[found].astype(np.int64)
    place[found] = np.arange(len(found), dtype=np.int32)
    return first, place[keys].astype(np.int64)
