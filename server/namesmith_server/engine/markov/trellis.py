r"""The states of a chain and a DFA together, layer by layer: a layer for each length of names.

Knows which states can be reached; knows no probabilities.

      characters      0        1        2     ...  max_length
                    start --> (a,q1) --> ...
                        \-->  (b,q2) --> ...          a name may end in a layer where the
                         \--> (c,q1) --> ...          DFA accepts and the length allows it
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.constraints import DEAD, Dfa, Word
from namesmith_server.engine.core import Floats, checkpoint
from namesmith_server.engine.errors import TooComplexError
from namesmith_server.engine.markov.chain import Chain

LAYER_STATES = 1 << 17
"""Largest number of states of a layer, or twice the states of the chain if that is larger."""

MAX_TOTAL_FACTOR = 32
"""Limit on the states of all layers together, in units of the limit on one layer."""

MAX_DISTINCT_FACTOR = 10
"""Limit on the states of distinct layers, in units of the limit on one layer;
a repeated layer costs nothing."""

DENSE_FACTOR = 32
"""Largest ratio of possible keys to given keys at which the distinct given keys are found by an
array with a place for each possible key; at larger ratios the given keys are sorted."""

Numbers = NDArray[np.int32]
"""Ids of states or of rows, from 0."""


class Layer(NamedTuple):
    """The states that names of one length reach.

    Attributes:
        chain_states: the chain's state of each state of the layer, int32 [N].
        may_end: whether the DFA lets a name end in each state, 0 or 1, float64 [N].
        rows: row of ``after`` for each state, int32 [N]; states with the same successors share a
            row.
        after: state of the next layer after each symbol, or ``DEAD``, int32 [R, V].
    """

    chain_states: Numbers
    may_end: Floats
    rows: Numbers
    after: Numbers


class Trellis(NamedTuple):
    """The layers of names of ever more characters.

    Attributes:
        chain: chain whose states the layers hold.
        layers: a layer for each length of names, from ``first`` on; layers with the same states are
            the same object.
        next_width: number of states of the layer after the last.
        first: number of characters of the names of the first layer.
        free: whether every layer holds every state of the chain, in the chain's order, so that any
            prefix leads into a layer; if not, the first layer holds the state after the prefix
            alone.
    """

    chain: Chain
    layers: list[Layer]
    next_width: int
    first: int
    free: bool

    @property
    def size(self) -> int:
        """Number of bytes that the layers hold."""
        distinct = {id(layer): layer for layer in self.layers}
        return sum(array.nbytes for layer in distinct.values() for array in layer)


def free_trellis(chain: Chain, max_length: int) -> Trellis:
    """Return the trellis of a DFA that admits everything: every layer is the chain itself."""
    after = chain.successors.copy()
    after[:, END] = DEAD
    states = np.arange(len(chain), dtype=np.int32)
    layer = Layer(states, np.ones(len(chain)), chain.rows, after)
    return Trellis(chain, [layer] * (max_length + 1), len(chain), 0, free=True)


def reachable_trellis(chain: Chain, dfa: Dfa, prefix: Word, max_length: int) -> Trellis:
    """Return the trellis of the states that names reach behind a prefix, breadth first.

    Where a layer has the states of the layer before it, all later layers are the same. A prefix
    behind which the DFA admits no name gives a trellis without layers.

    Args:
        chain: chain of the states and their successors.
        dfa: DFA of the names that are admitted.
        prefix: first symbols of every name, at most ``max_length``.
        max_length: most characters of a name.

    Raises:
        TooComplexError: a layer, or all layers together, would have too many states.
    """
    state, context = dfa.after(prefix), chain.after(tuple(prefix))
    first, count = len(prefix), max_length - len(prefix) + 1
    if state == DEAD:
        return Trellis(chain, [], 0, first, free=False)
    contexts, states = np.array([context]), np.array([state])
    limit = max(LAYER_STATES, 2 * len(chain))
    layers: list[Layer] = []
    total = distinct = 0
    while len(layers) < count:
        checkpoint()
        layer, next_contexts, next_states = _expand(chain, dfa, contexts, states)
        same = np.array_equal(next_contexts, contexts) and np.array_equal(next_states, states)
        times = count - len(layers) if same else 1
        layers += [layer] * times
        total += len(contexts) * times
        distinct += len(contexts)
        _check_limits(limit, len(next_contexts), distinct, total)
        contexts, states = next_contexts, next_states
    return Trellis(chain, layers, len(contexts), first, free=False)


def _check_limits(limit: int, width: int, distinct: int, total: int) -> None:
    most_distinct, most = limit * MAX_DISTINCT_FACTOR, limit * MAX_TOTAL_FACTOR
    if width > limit or distinct > most_distinct or total > most:
        raise TooComplexError(
            f"needs more than {limit} states of this model at one length of names,"
            f" {most_distinct} that no other length has, or {most} at all lengths;"
            " simplify it or shorten max_length"
        )


def _expand(
    chain: Chain, dfa: Dfa, contexts: NDArray[np.int64], states: NDArray[np.int64]
) -> tuple[Layer, NDArray[np.int64], NDArray[np.int64]]:
    """Return the layer of pairs of a chain's and a DFA's state, and the pairs of the next layer."""
    shared, rows = _distinct_pairs(dfa, chain.rows[contexts], states, len(chain.successors))
    moved = dfa.table[states[shared]]  # (R, V)
    alive = np.flatnonzero(moved != DEAD)
    following = chain.successors[chain.rows[contexts[shared]]].reshape(-1)[alive].astype(np.int64)
    reached = moved.reshape(-1)[alive].astype(np.int64)
    kept, numbers = _distinct_pairs(dfa, following, reached, len(chain))
    after = np.full(moved.shape, DEAD, dtype=np.int32)
    after.reshape(-1)[alive] = numbers
    may_end = dfa.accepting[states].astype(np.float64)
    layer = Layer(contexts.astype(np.int32), may_end, rows.astype(np.int32), after)
    return layer, following[kept], reached[kept]


def _distinct_pairs(
    dfa: Dfa, others: NDArray[np.integer], states: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the distinct pairs of a number and a DFA's state.

    A state of the DFA's trie determines its number, because one name alone leads to the state.

    Args:
        dfa: DFA of the states.
        others: the number of each pair, in [0, count), [B].
        states: the DFA's state of each pair, [B].
        count: bound on the numbers.

    Returns:
        a place in [0, B) of each distinct pair, and the index of each pair [B] among the distinct
        pairs.
    """
    tree = dfa.tree
    free = len(dfa.table) - tree
    keys = np.where(states < tree, states, others.astype(np.int64) * free + states)
    bound = tree + count * free
    if bound > DENSE_FACTOR * len(keys):
        return np.unique(keys, return_index=True, return_inverse=True)[1:]
    place = np.full(bound, -1, dtype=np.int32)
    place[keys] = np.arange(len(keys), dtype=np.int32)
    found = np.flatnonzero(place >= 0)
    first = place[found].astype(np.int64)
    place[found] = np.arange(len(found), dtype=np.int32)
    return first, place[keys].astype(np.int64)
