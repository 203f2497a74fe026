"""The distinct pairs of a number and a DFA's state, numbered; in compiled code where it is there.

A pair has a key: distinct pairs are numbered by ascending keys. A state of the DFA's trie
determines its number, because one name alone leads to the state: its key is the state.
"""

from typing import NamedTuple

import numpy as np

from namesmith_server.engine import native
from namesmith_server.engine.constraints import DEAD, Dfa
from namesmith_server.engine.core import Int32s, Int64s, checkpoint, chunk_slices
from namesmith_server.engine.markov.budget import Budget
from namesmith_server.engine.markov.chain import Chain

CHUNK = 1 << 18
"""Number of pairs that compiled code examines between two checkpoints: a few milliseconds."""

BITS_FACTOR = 1 << 10
"""Largest ratio of possible keys to given pairs at which compiled code has a bit for each possible
key; at larger ratios keys are sorted."""

FEW_BITS, MOST_BITS = 1 << 20, 1 << 28
"""Number of possible keys at which each has a bit at any ratio, and above which none has."""

DENSE_FACTOR = 32
"""Largest ratio of possible keys to given pairs at which numpy has a place for each key."""


class DistinctPairs(NamedTuple):
    """Distinct pairs of a number and a DFA's state, by ascending keys.

    Attributes:
        indices: index of each given pair among the distinct pairs, or ``DEAD``, int32.
        others: number of each distinct pair, int32 [D].
        states: the DFA's state of each distinct pair, int32 [D].
    """

    indices: Int32s
    others: Int32s
    states: Int32s


class PairFinder:
    """Finds the distinct pairs of a chain's rows or states and a DFA's states."""

    def __init__(self, chain: Chain, dfa: Dfa, budget: Budget) -> None:
        """Set the chain, the DFA, and the bound on the pairs that are found."""
        self._chain = chain
        self._dfa = dfa
        self._budget = budget
        self._tree = dfa.tree
        self._free = len(dfa.table) - dfa.tree

    def rows(self, contexts: Int32s, states: Int32s) -> DistinctPairs:
        """Find the distinct pairs of the row of a chain's state [N] and a DFA's state [N].

        The indices have the shape [N].
        """
        bound = self._bound(len(self._chain.successors))
        if self._is_marked(bound, len(contexts)) and native.available:
            marks = self._mark(bound, contexts, states, self._chain.rows, None)
            self._budget.add_rows(marks.count)
            return marks.distinct(contexts.shape)
        rows = self._chain.rows[contexts]
        keys = self._keys(rows, states)
        first, indices = _distinct(keys, bound)
        self._budget.add_rows(len(first))
        return DistinctPairs(indices, rows[first], states[first])

    def successors(self, rows: Int32s, states: Int32s) -> DistinctPairs:
        """Find the distinct pairs behind each symbol of pairs of a row [R] and a DFA's state [R].

        The indices have the shape [R, V].
        """
        chain, dfa = self._chain, self._dfa
        bound, shape = self._bound(len(chain)), (len(rows), chain.vocab_size)
        if self._is_marked(bound, len(rows) * chain.vocab_size) and native.available:
            marks = self._mark(bound, rows, states, chain.successors, dfa.table)
            self._budget.add_states(marks.count)
            return marks.distinct(shape)
        moved = dfa.table[states].reshape(-1)  # (R V,)
        alive = np.flatnonzero(moved != DEAD)
        following, reached = chain.successors[rows].reshape(-1)[alive], moved[alive]
        first, numbers = _distinct(self._keys(following, reached), bound)
        self._budget.add_states(len(first))
        indices = np.full(shape, DEAD, dtype=np.int32)
        indices.reshape(-1)[alive] = numbers
        return DistinctPairs(indices, following[first], reached[first])

    def _bound(self, count: int) -> int:
        """Return the bound on the keys of numbers in [0, count)."""
        return self._tree + count * self._free

    def _keys(self, others: Int32s, states: Int32s) -> Int64s:
        checkpoint()
        return np.where(states < self._tree, states, others.astype(np.int64) * self._free + states)

    def _is_marked(self, bound: int, given: int) -> bool:
        """Tell whether compiled code has a bit for each key; if not, hold the bound on sorting."""
        marked = bound <= min(MOST_BITS, max(FEW_BITS, BITS_FACTOR * given))
        if not marked:
            self._budget.check_sorting(given)
        return marked

    def _mark(
        self, bound: int, others: Int32s, states: Int32s, table: Int32s, moves: Int32s | None
    ) -> "Marks":
        marks = native.PairMarks(self._tree, self._free, bound, others, states, table, moves)
        size = 1 if moves is None else moves.shape[1]
        return Marks(marks, chunk_slices(len(others), max(1, CHUNK // size)))


class Marks:
    """The keys of pairs, marked by compiled code.

    Attributes:
        count: number of distinct pairs.
    """

    def __init__(self, marks: native.PairMarks, parts: list[slice]) -> None:
        """Mark the keys of the pairs of all parts of the sources."""
        self._marks = marks
        self._parts = parts
        for part in parts:
            checkpoint()
            marks.mark(part)
        self.count = marks.count()

    def distinct(self, shape: tuple[int, ...]) -> DistinctPairs:
        """Return the distinct pairs, with indices of a shape."""
        sizes = (shape, self.count, self.count)
        found = DistinctPairs(*(np.empty(size, dtype=np.int32) for size in sizes))
        for part in self._parts:
            checkpoint()
            self._marks.number(part, *found)
        return found


def _distinct(keys: Int64s, bound: int) -> tuple[Int64s, Int32s]:
    """Return a place of each distinct key, by ascending keys, and the index of each key."""
    if bound > DENSE_FACTOR * len(keys):
        _, first, indices = np.unique(keys, return_index=True, return_inverse=True)
        return first, indices.astype(np.int32)
    place = np.full(bound, -1, dtype=np.int32)
    place[keys] = np.arange(len(keys), dtype=np.int32)
    found = np.flatnonzero(place >= 0)
    first = place[found].astype(np.int64)
    place[found] = np.arange(len(found), dtype=np.int32)
    return first, place[keys]
