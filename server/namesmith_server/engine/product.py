"""The product of a table model's chain and an automaton, conditioned exactly.

A Markov chain times a deterministic automaton is a Markov chain. The probability of success from
each state is computed backwards once; weighing each next symbol by it makes the forward walk draw
from the conditional distribution, without a rejection.

The walk needs the likely names alone, so that its numbers are plain. What must tell the unlikely
ones apart too, however low the temperature, is computed in logs, once it is asked for.
"""

import math
import struct
from collections.abc import Sequence

import numpy as np

from namesmith.vocabulary import END
from namesmith_server.engine.algebra import GREATEST, LOG_SUMS, SUMS, Algebra
from namesmith_server.engine.arrays import Floats, Ids, Reals, Rows, parts
from namesmith_server.engine.automaton import Automaton, States
from namesmith_server.engine.chain import FLOOR, choose, cumulated
from namesmith_server.engine.errors import TooRareError, UnsatisfiableError
from namesmith_server.engine.layers import Layer, layers
from namesmith_server.engine.lazy import lazy
from namesmith_server.engine.parameters import Constraint
from namesmith_server.engine.transformed import Transformed
from namesmith_server.engine.turns import breathe

CHUNK = 1 << 13
"""States whose distributions are looked at together: a few milliseconds."""

SURE = math.log(1e-280)
"""A sum of probabilities at least so large has lost nothing to the range of float64."""


class Product:
    """The names that satisfy a constraint, under one sampling.

    Attributes:
        prefix: symbols that every name begins with.
        first: characters of the prefix, which is the position of the first layer.
        shortest: fewest characters of a name.
        longest: most characters, the position of the last layer.
        table: the distributions.
        success: probability to end well from each state of each layer, and 0 for ``DEAD``;
            float64 [S + 1] a layer from ``first`` on, and one more layer of zeros.
        packed: what compiled code is given: addresses of probabilities and of pointers to each
            layer; V, and the fewest characters of a name.
        size: bytes that it holds.
    """

    def __init__(self, table: Transformed, automaton: Automaton, constraint: Constraint) -> None:
        """Computes the success.

        Raises:
            TooComplexError: there are too many states.
        """
        self.table = table
        self._P = table.probabilities
        self._vocab_size = self._P.shape[1]
        self._tails = len(self._P) // self._vocab_size
        self.prefix, self.shortest, self.longest = constraint[:3]
        self.first = len(self.prefix)
        start = self._start(automaton)
        self._layers = layers(automaton, len(self._P), start, self.longest - self.first + 1)
        self.success = self._backward(self._P, SUMS)
        # The table's logs, ``log_success`` and ``best`` too, once they are asked for.
        held = (self._P, self._P, *self.success * 3)
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

    @property
    def likely(self) -> bool:
        """Whether names can be drawn: their probability is at least ``FLOOR``, the prefix given."""
        return bool(self.success[0][0] >= FLOOR)

    def check(self) -> None:
        """Makes sure that names can be drawn.

        Raises:
            UnsatisfiableError: no name satisfies the constraint, the prefix given.
            TooRareError: those that do have a probability below ``FLOOR``, the prefix given.
        """
        if self.likely:
            return
        if self.log_success[0][0] == -np.inf:
            raise UnsatisfiableError
        raise TooRareError(FLOOR)

    @property
    def possible(self) -> bool:
        """Whether a name that is drawn freely can satisfy the constraint, prefix included."""
        return self.log_probability > -np.inf

    @property
    def log_probability(self) -> float:
        """Of the constraint, prefix and lengths included, where names are drawn freely."""
        after = math.log(self.success[0][0]) if self.likely else float(self.log_success[0][0])
        return (self.along_prefix(self.table.log_probs) if self.prefix else 0.0) + after

    @lazy
    def expected_length(self) -> float:
        """Of a name that satisfies the constraint, the prefix given; 0 where there is none."""
        lengths = np.arange(self.longest + 1.0)
        if self.likely:
            sums = self._backward(self._P, SUMS, ends=lengths)
            return float(sums[0][0] / self.success[0][0])
        if self.log_success[0][0] == -np.inf:
            return 0.0
        with np.errstate(divide="ignore"):
            sums = self._backward(self.table.log_probs, LOG_SUMS, ends=np.log(lengths))
        return math.exp(sums[0][0] - self.log_success[0][0])

    @lazy
    def count(self) -> float:
        """Names that satisfy the constraint, the prefix given, and are not cut; exact to 2^53."""
        uncut = (self.table.scores > -np.inf).astype(np.float64)
        return float(self._backward(uncut, SUMS)[0][0])

    @lazy
    def log_success(self) -> list[Floats]:
        """Natural log of ``success``, however low; -inf where there is none."""
        with np.errstate(divide="ignore"):
            known = [np.log(values) for values in self.success]
        return self._backward(self.table.log_probs, LOG_SUMS, known=known)

    @lazy
    def best(self) -> list[Floats]:
        """Log-probability of the most probable way to end well, as ``log_success``."""
        return self._backward(self.table.scores, GREATEST)

    def along_prefix(self, log_probs: Reals) -> float:
        """The sum of the log-probabilities [V^L, V] of the prefix's symbols."""
        row, total = 0, 0.0
        for symbol in self.prefix:
            total += float(log_probs[row, symbol])
            row = self._after(row, symbol)
        return total

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

    def log_probs(self, log_probs: Reals, position: int, states: States) -> Reals:
        """Those [V^L, V] of each next symbol, [B, V]; -inf for the end where a name may not end."""
        layer = self.layer(position)
        chosen: Reals = log_probs[layer.rows[states]]
        ends = layer.may_end[states] * self.may_end(position)
        chosen[ends == 0, END] = -np.inf
        return chosen

    def future(self, values: list[Floats], position: int, states: States, end: float) -> Floats:
        """The values, such as ``success``, of what follows on each symbol; ``end`` for the end."""
        layer = self.layer(position)
        future: Floats = values[position - self.first + 1][layer.after[layer.nodes[states]]]
        future[:, END] = end
        return future

    def advance(self, position: int, states: States, symbols: Ids) -> States:
        """The states of the next layer after the symbols."""
        layer = self.layer(position)
        return layer.after[layer.nodes[states], symbols]

    def start(self, prefix: tuple[int, ...]) -> int:  # noqa: ARG002 - the constraint's
        """The state after the prefix: the first layer's only one."""
        return 0

    def symbols(self, position: int, states: States, u: Floats) -> Ids:
        """The next symbol [B] of each state, by its draw [B]."""
        weights = self.probabilities(position, states)
        weights *= self.future(self.success, position, states, 1)
        return choose(cumulated(weights), u)

    def _backward(
        self,
        weights: Reals,
        algebra: Algebra,
        *,
        ends: Floats | None = None,
        known: list[Floats] | None = None,
    ) -> list[Floats]:
        """A value of each state, from the last layer to the first.

        Args:
            weights: of each context's symbols, [V^L, V].
            algebra: how they come together.
            ends: the value of a way that ends after so many characters, [longest + 1].
            known: values as logs, of which those below ``SURE`` are computed anew.
        """
        values = [np.full(self._layers.beyond + 1, algebra.nothing)]
        for position in range(self.longest, self.longest - len(self._layers.layers), -1):
            layer = self.layer(position)
            behind = values[-1][layer.after]  # (N, V)
            value = np.full(len(layer.rows) + 1, algebra.nothing)
            chunks: Sequence[slice | Rows] = parts(len(layer.rows), CHUNK)
            if known:
                value = known[position - self.first]
                unsure = np.flatnonzero(value[:-1] < SURE)
                chunks = [unsure[part] for part in parts(len(unsure), CHUNK)]
            end = algebra.end if ends is None else ends[position]
            ended = np.where(layer.may_end * self.may_end(position), end, algebra.nothing)
            for chunk in chunks:
                breathe()
                follows = behind[layer.nodes[chunk]]
                follows[:, END] = ended[chunk]
                value[chunk] = algebra.total(weights[layer.rows[chunk]], follows)
            values.append(value)
        return values[::-1]

    def _start(self, automaton: Automaton) -> tuple[int, int]:
        """Context and automaton state after the prefix."""
        row = 0
        for symbol in self.prefix:
            row = self._after(row, symbol)
        return row, automaton.after(self.prefix)

    def _after(self, row: int, symbol: int) -> int:
        after: int = row % self._tails * self._vocab_size + symbol
        return after
