"""The marks of pairs of states that have been found, for compiled code."""

import numpy as np

from namesmith_server.engine.core import Int32s
from namesmith_server.engine.native.compiled import _pairs
from namesmith_server.engine.native.layouts import address


class PairMarks:
    """Finds the distinct pairs of a number and a DFA's state, as ``markov.pairs`` does in numpy.

    Each source has a number and a DFA's state. It has one pair, of the number's entry in ``table``
    and the same state; or, with ``moves``, a pair behind each symbol, of the entry in the number's
    row of ``table`` and the state after the symbol.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the arguments of the C functions
        self,
        tree: int,
        free: int,
        bound: int,
        others: Int32s,
        states: Int32s,
        table: Int32s,
        moves: Int32s | None,
    ) -> None:
        """Clear the marks.

        Args:
            tree: number of the DFA's states in its trie.
            free: number of the DFA's other states.
            bound: bound on the keys.
            others: number of each source, int32 [B].
            states: the DFA's state of each source, int32 [B].
            table: an entry for each number, int32 [S], or for each number and symbol, [R, V].
            moves: the DFA's state after each state and symbol, or -1, int32 [Q, V]; None: each
                source has one pair.
        """
        words = bound // 64 + 1
        self._bits = np.zeros(words, dtype=np.uint64)
        self._counts = np.empty(words, dtype=np.uint32)
        self._held = others, states, table, moves
        self._keys = address(self._bits), address(self._counts), tree, free
        sources = address(others, np.int32), address(states, np.int32)
        entries = address(table, np.int32)
        if moves is None:
            self._sources = *sources, entries, 0, 0, 1
            self._mark, self._number = _pairs.mark_rows, _pairs.number_rows
        else:
            self._sources = *sources, 0, entries, address(moves, np.int32), moves.shape[1]
            self._mark, self._number = _pairs.mark_successors, _pairs.number_successors

    def mark(self, part: slice) -> None:
        """Mark the keys of the pairs of a part of the sources."""
        self._mark(*self._keys, *self._sources, 0, 0, 0, part.start, part.stop)

    def count(self) -> int:
        """Count the distinct pairs, once all are marked."""
        total: int = _pairs.count(*self._keys[:2], len(self._bits))
        return total

    def number(self, part: slice, indices: Int32s, others: Int32s, states: Int32s) -> None:
        """Write the indices of the pairs of a part of the sources, and the distinct pairs.

        Args:
            part: sources whose pairs are numbered, once all are marked and counted.
            indices: array for the index of each pair, or -1, int32 [B] or [B, V].
            others: array for the number of each distinct pair, int32 [D].
            states: array for the DFA's state of each distinct pair, int32 [D].
        """
        found = (address(array, np.int32) for array in (indices, others, states))
        self._number(*self._keys, *self._sources, *found, part.start, part.stop)
