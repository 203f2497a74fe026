"""Deterministic finite automata over symbols: which names are admitted, as arrays.

Every constraint beyond a prefix and lengths becomes a DFA; all constraints together are their
intersection. Knows ids of symbols; knows no probabilities and no text.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.core import EncodedNames, checkpoint, chunk_slices, name_places

DEAD = -1
"""The number that stands for a state from which no name is admitted."""

ROWS = 1 << 13
"""Number of states whose transitions are counted at a time."""

Word = Sequence[int]
"""The symbols of a name, without the end symbol."""

Transitions = NDArray[np.int32]
"""The state after each state and symbol, or ``DEAD``, int32 [Q, V]."""


class Dfa(NamedTuple):
    """A DFA that reads a name from state 0 on, a symbol at a time.

    Attributes:
        table: the state after each state and symbol, or ``DEAD``, int32 [Q, V]; the column of the
            end symbol is ``DEAD``.
        accepting: whether a name may end in each state, bool [Q].
        tree: number of states at the front of ``table`` that form a trie: one sequence of symbols
            alone leads to each.
    """

    table: Transitions
    accepting: NDArray[np.bool_]
    tree: int = 0

    @property
    def recurrent(self) -> int:
        """Number of states that names enter again and again, or that lie behind such states.

        The states without a predecessor are taken away, then the states that have none left.
        """
        left = len(self.table)
        entries = sum(map(self._entries, chunk_slices(left, ROWS)), np.zeros(left, dtype=np.int64))
        gone = np.flatnonzero(entries == 0)
        while gone.size:
            checkpoint()
            left -= len(gone)
            after, counts = np.unique(self.table[gone], return_counts=True)
            after, counts = after[after != DEAD], counts[after != DEAD]
            entries[after] -= counts
            gone = after[entries[after] == 0]
        return left

    def _entries(self, part: slice) -> NDArray[np.int64]:
        """Return the number of transitions from some states to each state, int64 [Q]."""
        after = self.table[part].ravel() - DEAD  # of no state: 0
        entries: NDArray[np.int64] = np.bincount(after, minlength=len(self.table) + 1)[1:]
        return entries

    def after(self, word: Word) -> int:
        """Return the state after the symbols of a word, or ``DEAD``."""
        state = 0
        for symbol in word:
            if state == DEAD:
                break
            state = int(self.table[state, symbol])
        return state

    def admitted(self, names: EncodedNames) -> NDArray[np.bool_]:
        """Return whether each encoded name is admitted, bool [N]."""
        starts, lengths = name_places(names)
        states = np.zeros(len(starts), dtype=np.int32)
        for depth in range(lengths.max(initial=0)):
            going = np.flatnonzero((lengths > depth) & (states != DEAD))
            states[going] = self.table[states[going], names[starts[going] + depth]]
        admitted: NDArray[np.bool_] = self.accepting[states] & (states != DEAD)
        return admitted


def anything(vocab_size: int) -> Dfa:
    """Return the DFA that admits every name."""
    table = np.zeros((1, vocab_size), dtype=np.int32)
    table[:, END] = DEAD
    return Dfa(table, np.ones(1, dtype=bool))


def nothing(vocab_size: int) -> Dfa:
    """Return the DFA that admits no name."""
    return Dfa(np.full((1, vocab_size), DEAD, dtype=np.int32), np.zeros(1, dtype=bool))


def ending(word: Word, vocab_size: int) -> Dfa:
    """Return the DFA of the names that end with the word (Knuth, Morris, Pratt 1977).

    State i says that the last i symbols of a name are the first i symbols of the word, for the
    largest such i.
    """
    table = np.zeros((len(word) + 1, vocab_size), dtype=np.int32)
    border = 0  # state after the symbols of the word read so far, without the first symbol
    for i, symbol in enumerate(word):
        table[i] = table[border]
        table[i, symbol] = i + 1
        border = int(table[border, symbol]) if i else 0
    table[len(word)] = table[border]
    table[:, END] = DEAD
    return Dfa(table, np.arange(len(word) + 1) == len(word))


def containing(word: Word, vocab_size: int) -> Dfa:
    """Return the DFA of the names that contain the word."""
    table, accepting, _ = ending(word, vocab_size)
    table[len(word), END + 1 :] = len(word)
    return Dfa(table, accepting)
