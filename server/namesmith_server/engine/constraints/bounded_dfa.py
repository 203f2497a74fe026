"""A DFA behind a prefix and between two lengths: which names it admits, and how many.

A prefix of names is *dead* where no admitted name begins with it. The lengths decide with the
DFA: behind a state that needs five more symbols, a prefix of 30 symbols is dead if names have at
most 32.
"""

import math

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.constraints.dfa import DEAD, Dfa, Transitions, Word
from namesmith_server.engine.core import (
    Floats,
    States,
    checkpoint,
    reserve,
    unlocked_cached_property,
)

Lengths = NDArray[np.integer]
"""Numbers of characters of prefixes, [B]."""


class BoundedDfa:
    """The names that a DFA admits, that begin with a prefix, and whose length is allowed.

    Attributes:
        prefix: first symbols of every name, at most ``max_length``.
        min_length: fewest characters of a name, prefix included, >= 0.
        max_length: most characters of a name, prefix included.
        start: state of the DFA behind the prefix, or ``DEAD``.
    """

    def __init__(self, dfa: Dfa, prefix: Word, min_length: int, max_length: int) -> None:
        """Set the DFA, the prefix and the lengths."""
        self.prefix = tuple(prefix)
        self.min_length = min_length
        self.max_length = max_length
        self.start = dfa.after(prefix)
        self._dfa = dfa

    @property
    def vocab_size(self) -> int:
        """Number of symbols of the vocabulary, V."""
        return int(self._dfa.table.shape[1])

    def may_end(self, states: States, lengths: Lengths) -> NDArray[np.bool_]:
        """Return whether each prefix [B], given by its state and length, is an admitted name."""
        admitted: NDArray[np.bool_] = self._dfa.accepting[states] & (lengths >= self.min_length)
        return admitted

    def onward(self, states: States, lengths: Lengths) -> Transitions:
        """Return the state behind each prefix and symbol, ``DEAD`` where that is dead: [B, V]."""
        after = self._dfa.table[states]
        layers, numbers = self._alive
        behind = np.minimum(lengths + 1, self.max_length + 1)
        alive = layers[numbers[behind][:, None], after]
        return np.where(alive, after, np.int32(DEAD))

    def count(self, most: float = math.inf) -> float:
        """Count the admitted names, up to ``most``; exact up to 2^53."""
        dfa, total = self._dfa, 0.0
        ways: Floats = np.zeros(len(dfa.table))  # number of prefixes that lead to each state
        if self.start != DEAD:
            ways[self.start] = 1
        for length in range(len(self.prefix), self.max_length + 1):
            checkpoint()
            if length >= self.min_length:
                total += float(ways @ dfa.accepting)
            live = np.flatnonzero(ways)
            if total >= most or not live.size:
                break
            after = dfa.table[live]
            onward = np.where(after == DEAD, len(ways), after)
            weights = np.broadcast_to(ways[live, None], onward.shape)
            ways = np.bincount(onward.ravel(), weights.ravel(), len(ways) + 1)[:-1].astype(float)
        return min(total, most)

    @unlocked_cached_property
    def _alive(self) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
        """The states behind which an admitted name lies, for each length of a prefix.

        Layers bool [N, Q + 1], whose last column is that of ``DEAD``, and the layer of each length
        from 0 to ``max_length + 1``: lengths with equal answers share a layer.
        """
        table, accepting = self._dfa.table, np.append(self._dfa.accepting, False)
        layers = [np.zeros(len(table) + 1, dtype=bool)]  # beyond the longest names
        numbers = np.zeros(self.max_length + 2, dtype=np.intp)
        for length in range(self.max_length, -1, -1):
            checkpoint()
            behind = layers[-1]
            alive = accepting & (length >= self.min_length)
            alive[:-1] |= behind[table].any(1)
            if not np.array_equal(alive, behind):
                reserve(alive.nbytes)
                layers.append(alive)
            numbers[length] = len(layers) - 1
        return np.stack(layers), numbers
