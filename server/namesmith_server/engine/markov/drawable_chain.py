"""A Markov chain conditioned exactly on its names being admitted: the product with a DFA.

A Markov chain times a deterministic automaton is a Markov chain. The probability to end well from
each state, its completion, is computed backwards once; weighing each next symbol by the completion
behind it makes the forward walk draw from the conditional distribution, without a rejection
(forward filtering, backward sampling).

      P(symbol | state, admitted)  =  P(symbol | state) x completion(next state) / completion(state)

Lengths are part of the condition: a name may end in a layer of the trellis from ``min_length`` on,
and no name goes beyond the last layer. Drawing names needs completions of at least ``FLOOR`` alone,
as plain numbers.
"""

from typing import NamedTuple

import numpy as np

from namesmith.vocabulary import END
from namesmith_server.engine.constraints import Word
from namesmith_server.engine.core import Floats, States, Symbols, unlocked_cached_property
from namesmith_server.engine.distributions import ProcessedTable, choose, cumulated
from namesmith_server.engine.errors import TooRareError, UnsatisfiableError
from namesmith_server.engine.markov.backward import backward_message, backward_messages
from namesmith_server.engine.markov.semirings import REAL
from namesmith_server.engine.markov.trellis import Layer, Trellis
from namesmith_server.engine.native import layouts

FLOOR = 1e-300
"""Least probability of a constraint, its prefix given, at which names can be drawn."""


class Start(NamedTuple):
    """A place in the trellis from which names are drawn.

    Attributes:
        position: number of characters before the place.
        state: state in the layer of that position.
    """

    position: int
    state: int


class DrawableChain:
    """A trellis whose next symbols are weighed by completions, under one sampling.

    Attributes:
        table: distributions of the next symbol.
        trellis: trellis of the states.
        min_length: fewest characters of a name.
        max_length: most characters of a name, the position of the last layer.
        completion: probability to end well from each state of each layer, and 0 for ``DEAD``: one
            array float64 [N + 1] for each layer of the trellis, and an array of zeros behind them.
        messages_size: number of bytes that ``completion`` holds.
    """

    def __init__(
        self, table: ProcessedTable, trellis: Trellis, prefix: Word, min_length: int
    ) -> None:
        """Compute the completions.

        Args:
            table: distributions of the trellis's chain.
            trellis: trellis of the states, whose last layer is that of the longest names.
            prefix: first symbols of every name; with a free trellis, names may also be drawn behind
                another prefix that is given to ``start``.
            min_length: fewest characters of a name.
        """
        self.table = table
        self.trellis = trellis
        self.min_length = min_length
        self.max_length = trellis.first + len(trellis.layers) - 1
        self._prefix = tuple(prefix)
        self._start = self._place(self._prefix)
        self._probabilities = table.probabilities
        self.completion = backward_messages(trellis, self._probabilities, REAL, min_length)
        self.messages_size = sum(array.nbytes for array in self.completion)
        drawable = self._value(self.completion, self._start) >= FLOOR
        self._drawable_start = self._start if drawable else None

    @property
    def drawing_size(self) -> int:
        """Number of bytes that names are drawn from, the table left out."""
        return self.trellis.size + self.messages_size

    @property
    def vocab_size(self) -> int:
        """Number of symbols of the vocabulary, V."""
        return int(self._probabilities.shape[1])

    @property
    def prefix(self) -> tuple[int, ...]:
        """First symbols of every name, unless ``start`` of a free trellis gets another prefix."""
        return self._prefix

    def start(self, prefix: tuple[int, ...]) -> Start:
        """Return the place behind the prefix.

        Raises:
            UnsatisfiableError: no admitted name begins with the prefix.
            TooRareError: the admitted names have a probability below ``FLOOR``, the prefix given.
        """
        start = self._place(prefix)
        if self._value(self.completion, start) >= FLOOR:
            return start
        if not (self.count if start == self._start else self._count_behind(start)):
            raise UnsatisfiableError
        raise TooRareError(FLOOR)

    def start_or_none(self, prefix: tuple[int, ...]) -> Start | None:
        """Return the place behind the prefix; None where ``start`` raises, which may take long."""
        if prefix == self._prefix:
            return self._drawable_start
        start = self._place(prefix)
        return start if self._value(self.completion, start) >= FLOOR else None

    @unlocked_cached_property
    def count(self) -> float:
        """Number of admitted names of positive probability, the prefix given; exact to 2^53."""
        return self._count_behind(self._start)

    def lookahead(
        self, values: list[Floats], position: int, states: States, end: float | Floats
    ) -> Floats:
        """Return the values of the states behind each next symbol, [B, V].

        Args:
            values: values of the states of each layer, such as ``completion``.
            position: number of characters so far.
            states: states in the layer of that position, [B].
            end: value behind the end symbol: one for all states, or one for each state [B].
        """
        layer = self._layer(position)
        behind = values[position - self.trellis.first + 1]
        ahead: Floats = behind[layer.after[layer.rows[states]]]
        ahead[:, END] = end
        return ahead

    def factors(self, position: int, states: States) -> Floats:
        """Return the completion behind each next symbol, [B, V]: 0 or 1 behind the end symbol."""
        ends = self._layer(position).may_end[states] * (position >= self.min_length)
        return self.lookahead(self.completion, position, states, ends)

    def symbols(self, position: int, states: States, u: Floats) -> Symbols:
        """Return the symbol [B] that each draw [B] gives in its state [B] of a position's layer."""
        distinct, which = np.unique(states, return_inverse=True)
        weights = self._probabilities[self._layer(position).chain_states[distinct]]
        weights *= self.factors(position, distinct)
        return choose(cumulated(weights)[which], u)

    def advance(self, position: int, states: States, symbols: Symbols) -> States:
        """Return the states [B] of the next layer after the symbols [B]."""
        layer = self._layer(position)
        return layer.after[layer.rows[states], symbols]

    @unlocked_cached_property
    def packed(self) -> layouts.PackedChain:
        """The chain in the layout that compiled code reads.

        The table's rounded cumulative sums make draws faster wherever most names end well.
        """
        return layouts.pack(
            probabilities=self._probabilities,
            rounded=self.table.rounded_cumulative,
            layers=self.trellis.layers,
            completion=self.completion,
            first=self.trellis.first,
            min_length=self.min_length,
        )

    def _layer(self, position: int) -> Layer:
        return self.trellis.layers[position - self.trellis.first]

    def _place(self, prefix: tuple[int, ...]) -> Start:
        if self.trellis.free:
            return Start(len(prefix), self.trellis.after(prefix))
        return Start(self.trellis.first, 0)

    def _value(self, values: list[Floats], start: Start) -> float:
        return float(values[start.position - self.trellis.first][start.state])

    def _count_behind(self, start: Start) -> float:
        """Return the number of names of positive probability behind a place, in float64."""
        support = (self.table.scoring_log_probs > -np.inf).astype(np.float32)
        place = self._index(start)
        return backward_message(self.trellis, support, REAL, self.min_length, place)

    def _index(self, start: Start) -> tuple[int, int]:
        """Return the index of a place's layer among the layers, and the place's state."""
        return start.position - self.trellis.first, start.state
