"""The product of a table model's chain and an automaton, conditioned exactly.

A Markov chain times a deterministic automaton is a Markov chain. Its states, (context, automaton
state), are kept layer by layer: those that names of exactly so many characters can be in. The
probability of success from each is computed backwards once; weighing each next symbol by it makes
the forward walk draw from the conditional distribution, without a rejection.
"""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.arrays import Floats, Ids, Rows
from namesmith_server.engine.automaton import DEAD, Automaton, States
from namesmith_server.engine.chain import choose, cumulated
from namesmith_server.engine.errors import TooComplexError, TooRareError, UnsatisfiableError
from namesmith_server.engine.parameters import Constraint, Order
from namesmith_server.engine.random import Keys, draws, row_keys, uniforms
from namesmith_server.engine.stream import Stream
from namesmith_server.engine.walk import blank, joined

LAYER = 1 << 17
"""States of a layer, or twice the contexts of the model, where those are more."""

LAYERS = 32
"""So many layers of that size may all layers together be."""

CHUNK = 1 << 13
"""States whose distributions are looked at together."""

FLOOR = 1e-300
"""Least probability of a constraint, its prefix given."""

Reduce = Callable[[Floats, Floats], Floats]
"""From two arrays [S, V] to one value a row [S]."""


class Layer(NamedTuple):
    """The states of names of one length.

    Attributes:
        rows: context of each state, [S].
        may_end: whether the automaton lets a name end there, 0 or 1, float64 [S].
        nodes: of each state, its row of ``after``: states that differ only in the oldest symbol
            of their context share one; [S].
        after: state of the next layer after each symbol, or ``DEAD``, [N, V].
    """

    rows: Rows
    may_end: Floats
    nodes: NDArray[np.intp]
    after: States


class Product:
    """The names that satisfy a constraint, under one sampling.

    Attributes:
        prefix: symbols that every name begins with.
        first: characters of the prefix, which is the position of the first layer.
        longest: most characters of a name, the position of the last layer.
        layers: one a position from ``first`` to ``longest``.
        success: probability to end well from each state of each layer, and 0 for ``DEAD``;
            float64 [S + 1] a layer, and one more layer of zeros.
        size: bytes that it holds.
    """

    def __init__(self, probabilities: Floats, automaton: Automaton, constraint: Constraint) -> None:
        """Takes the transformed table [V^L, V].

        Raises:
            TooComplexError: there are too many states.
        """
        self._P = probabilities
        self._vocab_size = probabilities.shape[1]
        self._tails = len(probabilities) // self._vocab_size
        self.prefix, self._shortest, self.longest = constraint[:3]
        self.first = len(self.prefix)
        row, state = self._start(automaton)
        self.layers = self._layers(automaton, row, state) if state != DEAD else []
        self.success = self.backward(self._P, _summed)
        # What stands for many positions is counted once.
        arrays = [array for layer in {id(one): one for one in self.layers}.values() for array in layer]
        self.size = sum(array.nbytes for array in (self._P, *self.success, *self.success, *arrays))

    def check(self) -> None:
        """Makes sure that there are names.

        Raises:
            UnsatisfiableError: no name satisfies the constraint.
            TooRareError: those that do have a probability below ``FLOOR``, the prefix given.
        """
        if self.success[0][0] >= FLOOR:
            return
        possible = self.backward(np.sign(self._P), lambda one, other: np.sign(_summed(one, other)))
        if not possible[0][0]:
            raise UnsatisfiableError("no name satisfies the constraint under this sampling")
        raise TooRareError(
            f"names that satisfy the constraint have a probability of {self.success[0][0]:.3g}"
            f" under this sampling, at least {FLOOR} is needed"
        )

    @property
    def prefix_probability(self) -> float:
        """Of the prefix, where names are drawn freely."""
        row, probability = 0, 1.0
        for symbol in self.prefix:
            probability *= float(self._P[row, symbol])
            row = row % self._tails * self._vocab_size + symbol
        return probability

    @property
    def probability(self) -> float:
        """Of the constraint, prefix and lengths included, where names are drawn freely."""
        return self.prefix_probability * float(self.success[0][0])

    @property
    def expected_length(self) -> float:
        """Of a name that satisfies the constraint; 0 where there is none."""
        success = float(self.success[0][0])
        return float(self.backward(self._P, _summed, by_length=True)[0][0]) / success if success else 0

    @property
    def count(self) -> float:
        """Names that satisfy the constraint with a positive probability; exact up to 2^53."""
        return float(self.backward(np.sign(self._P), _summed)[0][0])

    @cached_property
    def best(self) -> list[Floats]:
        """Probability of the most probable way to end well, as ``success``."""
        return self.backward(self._P, _greatest)

    def layer(self, position: int) -> Layer:
        """The states of names of so many characters."""
        return self.layers[position - self.first]

    def may_end(self, position: int) -> bool:
        """Whether a name of so many characters is long enough."""
        return position >= self._shortest

    def probabilities(self, position: int, states: States) -> Floats:
        """Of each next symbol, float64 [B, V]; 0 for the end where a name may not end."""
        layer = self.layer(position)
        probabilities: Floats = self._P[layer.rows[states]]
        probabilities[:, END] *= layer.may_end[states] * self.may_end(position)
        return probabilities

    def future(self, values: list[Floats], position: int, states: States) -> Floats:
        """The values, such as ``success``, of what follows on each symbol; 1 for the end."""
        layer = self.layer(position)
        future: Floats = values[position - self.first + 1][layer.after[layer.nodes[states]]]
        future[:, END] = 1
        return future

    def advance(self, position: int, states: States, symbols: Ids) -> States:
        """The states of the next layer after the symbols."""
        layer = self.layer(position)
        return layer.after[layer.nodes[states], symbols]

    def backward(self, weights: Floats, reduce: Reduce, *, by_length: bool = False) -> list[Floats]:
        """A value of each state, from the last layer to the first.

        Args:
            weights: of each context's symbols, [V^L, V].
            reduce: from the weights of the symbols and the values behind them to a value.
            by_length: whether each name counts as often as it has characters.
        """
        values = [np.zeros(1)]
        if self.layers:
            values = [np.zeros(self._beyond + 1)]
        for position in range(self.longest, self.longest - len(self.layers), -1):
            layer = self.layer(position)
            behind = values[-1][layer.after]  # (N, V)
            value = np.zeros(len(layer.rows) + 1)
            end = self.may_end(position) * (position if by_length else 1)
            for at in range(0, len(layer.rows), CHUNK):
                part = slice(at, at + CHUNK)
                follows = behind[layer.nodes[part]]
                follows[:, END] = layer.may_end[part] * end
                value[:-1][part] = reduce(weights[layer.rows[part]], follows)
            values.append(value)
        return values[::-1]

    def symbols(self, position: int, states: States, keys: Keys) -> Ids:
        """The next symbol [B] of each state, by its generator."""
        weights = self.probabilities(position, states)
        weights *= self.future(self.success, position, states)
        return choose(cumulated(weights), uniforms(draws(keys, position)))

    def names(self, order: Order) -> Stream:
        """The names of an order as a stream: all rows take a step together, ended ones leave."""
        names = blank(order.count, order)
        alive = np.arange(order.count)
        states = np.zeros(order.count, dtype=np.int32)
        keys = row_keys(order.seed, order.first, order.count)
        position = self.first
        while alive.size:
            symbols = self.symbols(position, states, keys)
            names[alive, position] = symbols
            going = np.flatnonzero(symbols != END)
            alive, keys = alive[going], keys[going]
            states = self.advance(position, states[going], symbols[going])
            position += 1
        return joined(names)

    def _start(self, automaton: Automaton) -> tuple[int, int]:
        """Context and automaton state after the prefix."""
        row = 0
        for symbol in self.prefix:
            row = row % self._tails * self._vocab_size + symbol
        return row, automaton.after(self.prefix)

    def _layers(self, automaton: Automaton, row: int, state: int) -> list[Layer]:
        """Breadth first; from where a layer's states are those of the one before, it is the same."""
        width = len(automaton.table)
        codes = np.array([row * width + state])
        most = max(LAYER, 2 * len(self._P))
        layers: list[Layer] = []
        total, wanted = 0, self.longest - self.first + 1
        while len(layers) < wanted:
            layer, after = self._expanded(automaton, codes)
            same = len(after) == len(codes) and bool((after == codes).all())
            times = wanted - len(layers) if same else 1
            layers += [layer] * times
            total += len(codes) * times
            if len(after) > most or total > most * LAYERS:
                raise TooComplexError(
                    f"needs more than {most} states of this model at a length, or"
                    f" {most * LAYERS} at all lengths; shorten max_length or simplify it"
                )
            codes = after
        self._beyond = len(codes)
        return layers

    def _expanded(self, automaton: Automaton, codes: Rows) -> tuple[Layer, Rows]:
        """The layer of the states, and the codes of the states after it, sorted."""
        width, size = len(automaton.table), self._vocab_size
        rows, states = codes // width, codes % width
        nodes, shared = np.unique(rows % self._tails * width + states, return_inverse=True)
        tails, moved = nodes // width, automaton.table[nodes % width]  # (N, V)
        contexts = tails[:, None] * size + np.arange(size)
        reached = np.where(moved == DEAD, DEAD, contexts * width + moved)
        after, numbers = np.unique(reached, return_inverse=True)
        numbers = numbers.reshape(reached.shape).astype(np.int32)
        if after.size and after[0] == DEAD:
            after, numbers = after[1:], numbers - np.int32(1)  # DEAD becomes -1 itself
        may_end = automaton.accepting[states].astype(np.float64)
        return Layer(rows, may_end, shared, numbers), after


def _summed(one: Floats, other: Floats) -> Floats:
    total: Floats = np.einsum("sv,sv->s", one, other)
    return total


def _greatest(one: Floats, other: Floats) -> Floats:
    greatest: Floats = (one * other).max(1)
    return greatest
