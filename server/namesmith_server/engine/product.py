"""The product of a table model's chain and an automaton, conditioned exactly.

A Markov chain times a deterministic automaton is a Markov chain. The
probability of success from each is computed backwards once; weighing each next symbol by it makes
the forward walk draw from the conditional distribution, without a rejection.
"""

import struct
from collections.abc import Callable
from functools import cached_property

import numpy as np

from namesmith.vocabulary import END
from namesmith_server.engine.arrays import Floats, Ids
from namesmith_server.engine.automaton import Automaton, States
from namesmith_server.engine.chain import FLOOR, choose, cumulated
from namesmith_server.engine.errors import TooRareError, UnsatisfiableError
from namesmith_server.engine.layers import Layer, layers
from namesmith_server.engine.parameters import Constraint, Order
from namesmith_server.engine.random import Keys, draws, row_keys, uniforms
from namesmith_server.engine.stream import Stream
from namesmith_server.engine.walk import blank, joined

CHUNK = 1 << 13
"""States whose distributions are looked at together."""

Reduce = Callable[[Floats, Floats], Floats]
"""From two arrays [S, V] to one value a row [S]."""


class Product:
    """The names that satisfy a constraint, under one sampling.

    Attributes:
        prefix: symbols that every name begins with.
        first: characters of the prefix, which is the position of the first layer.
        shortest: fewest characters of a name.
        longest: most characters, the position of the last layer.
        success: probability to end well from each state of each layer, and 0 for ``DEAD``;
            float64 [S + 1] a layer from ``first`` on, and one more layer of zeros.
        packed: what compiled code is given: addresses of probabilities and of pointers to each
            layer; V, and the fewest characters of a name.
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
        self.prefix, self.shortest, self.longest = constraint[:3]
        self.first = len(self.prefix)
        start = self._start(automaton)
        self._layers = layers(automaton, len(probabilities), start, self.longest - self.first + 1)
        self.success = self.backward(self._P, _summed)
        held = (self._P, *self.success, *self.success)  # ``best`` too, once it is asked for
        self._pointers = np.array(
            [
                [array.ctypes.data for array in (*layer, future)]
                for layer, future in zip(self._layers.layers, self.success[1:], strict=False)
            ],
            dtype=np.uintp,
        )
        self.packed = struct.pack(
            "PPqq",
            self._P.ctypes.data,
            self._pointers.ctypes.data,
            self._vocab_size,
            self.shortest,
        )
        self.size = self._layers.size + sum(array.nbytes for array in held)

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
        raise TooRareError(float(self.success[0][0]), FLOOR)

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

    @cached_property
    def expected_length(self) -> float:
        """Of a name that satisfies the constraint; 0 where there is none."""
        success = float(self.success[0][0])
        return (
            float(self.backward(self._P, _summed, by_length=True)[0][0]) / success if success else 0
        )

    @cached_property
    def count(self) -> float:
        """Names that satisfy the constraint with a positive probability; exact up to 2^53."""
        return float(self.backward(np.sign(self._P), _summed)[0][0])

    @cached_property
    def best(self) -> list[Floats]:
        """Probability of the most probable way to end well, as ``success``."""
        return self.backward(self._P, _greatest)

    def layer(self, position: int) -> Layer:
        """The states of names of so many characters."""
        return self._layers.layers[position - self.first]

    def may_end(self, position: int) -> bool:
        """Whether a name of so many characters is long enough."""
        return position >= self.shortest

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
        values = [np.zeros(self._layers.beyond + 1)]
        for position in range(self.longest, self.longest - len(self._layers.layers), -1):
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


def _summed(one: Floats, other: Floats) -> Floats:
    total: Floats = np.einsum("sv,sv->s", one, other)
    return total


def _greatest(one: Floats, other: Floats) -> Floats:
    greatest: Floats = (one * other).max(1)
    return greatest
