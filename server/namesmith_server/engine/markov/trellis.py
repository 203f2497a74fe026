r"""The states of a chain and a DFA together, layer by layer: a layer for each length of names.

Knows which states can be reached; knows no probabilities.

      characters      0        1        2     ...  max_length
                    start --> (a,q1) --> ...
                        \-->  (b,q2) --> ...          a name may end in a layer where the
                         \--> (c,q1) --> ...          DFA accepts and the length allows it
"""

from typing import NamedTuple

import numpy as np

from namesmith.vocabulary import END
from namesmith_server.engine.constraints import DEAD, Dfa, Machine, Word, reachable_product
from namesmith_server.engine.core import Floats, Int32s
from namesmith_server.engine.markov.budget import STATE_BYTES, VALUE_BYTES, Budget
from namesmith_server.engine.markov.chain import Chain
from namesmith_server.engine.markov.pairs import PairFinder

FEW_RECURRENT = 1 << 10
"""Number of states of a DFA that names enter again and again, above which the layers of a trellis
are one layer of all pairs, found once: those of a DFA of many texts become alike late."""


class Layer(NamedTuple):
    """The states that names of one length reach.

    Attributes:
        chain_states: the chain's state of each state of the layer, int32 [N].
        may_end: whether the DFA lets a name end in each state, 0 or 1, float64 [N].
        rows: row of ``after`` for each state, int32 [N]; states with the same successors share a
            row.
        after: state of the next layer after each symbol, or ``DEAD``, int32 [R, V].
    """

    chain_states: Int32s
    may_end: Floats
    rows: Int32s
    after: Int32s


class Trellis(NamedTuple):
    """The layers of names of ever more characters.

    Attributes:
        chain: chain whose states the layers hold.
        layers: a layer for each length of names, from ``first`` on; layers with the same states are
            the same object.
        next_width: number of states of the layer after the last.
        first: number of characters of the names of the first layer.
        free: whether all layers are the same, so that any prefix leads into one; if not, the first
            state of the first layer is the one after the prefix.
        start: state of a free trellis before the first symbol.
    """

    chain: Chain
    layers: list[Layer]
    next_width: int
    first: int
    free: bool
    start: int = 0

    def after(self, prefix: Word) -> int:
        """Return the state of a free trellis after a prefix, or ``DEAD``."""
        layer, state = self.layers[0], self.start
        for symbol in prefix:
            if state == DEAD:
                break
            state = int(layer.after[layer.rows[state], symbol])
        return state

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
    layers = [layer] * (max_length + 1)
    return Trellis(chain, layers, len(chain), 0, free=True, start=chain.start)


def free_size(chain: Chain, max_length: int) -> int:
    """Return the number of bytes of a free trellis, with a value for each state of each layer."""
    layer = len(chain) * STATE_BYTES + chain.successors.nbytes
    return layer + len(chain) * VALUE_BYTES * (max_length + 1)


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
        TooComplexError: the layers and their completions would take too much memory or work.
    """
    state, context = dfa.after(prefix), chain.after(tuple(prefix))
    first, count = len(prefix), max_length - len(prefix) + 1
    if state == DEAD:
        return Trellis(chain, [], 0, first, free=False)
    if dfa.recurrent > FEW_RECURRENT:
        layer = _product_layer(chain, dfa, (context, state), first, count)
        return Trellis(chain, [layer] * count, len(layer.rows), first, free=False)
    contexts, states = np.full(1, context, dtype=np.int32), np.full(1, state, dtype=np.int32)
    budget = Budget(chain, first)
    finder = PairFinder(chain, dfa, budget)
    layers: list[Layer] = []
    while len(layers) < count:
        layer, next_contexts, next_states = _expand(finder, dfa, contexts, states)
        same = np.array_equal(next_contexts, contexts) and np.array_equal(next_states, states)
        times = count - len(layers) if same else 1
        layers += [layer] * times
        budget.add_values(len(contexts), times)
        contexts, states = next_contexts, next_states
    return Trellis(chain, layers, len(contexts), first, free=False)


def recurrent_trellis(chain: Chain, dfa: Dfa, max_length: int) -> Trellis:
    """Return a trellis that any prefix leads into: every layer holds all pairs that names reach.

    Raises:
        TooComplexError: the layer and its completions would take too much memory or work.
    """
    count = max_length + 1
    layer = _product_layer(chain, dfa, (chain.start, 0), 0, count)
    return Trellis(chain, [layer] * count, len(layer.rows), 0, free=True)


def _product_layer(chain: Chain, dfa: Dfa, start: tuple[int, int], first: int, count: int) -> Layer:
    """Return one layer of all pairs that are reached from a pair, for each of ``count`` layers."""
    budget = Budget(chain, first)

    def grow(pairs: int, rows: int) -> None:
        budget.add_states(pairs)
        budget.add_rows(rows)

    machine, most = Machine(chain.rows, chain.successors), budget.most_states(count)
    found = reachable_product(machine, dfa.table, start, most, grow)
    if found is None:
        budget.refuse_states(most + 1, count)
    budget.add_values(len(found.rows), count)
    may_end = dfa.accepting[found.rights].astype(np.float64)
    return Layer(found.lefts, may_end, found.rows, found.after)


def _expand(
    finder: PairFinder, dfa: Dfa, contexts: Int32s, states: Int32s
) -> tuple[Layer, Int32s, Int32s]:
    """Return the layer of pairs of a chain's and a DFA's state, and the pairs of the next layer."""
    shared = finder.rows(contexts, states)
    following = finder.successors(shared.others, shared.states)
    may_end = dfa.accepting[states].astype(np.float64)
    layer = Layer(contexts, may_end, shared.indices, following.indices)
    return layer, following.others, following.states
