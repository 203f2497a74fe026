"""Deterministic automata over symbols: which names are admitted, as arrays.

Every constraint beyond a prefix and lengths becomes one of these; all of them together are their
intersection. Knows ids; knows no probabilities and no text.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.errors import TooComplexError

DEAD = -1
"""In place of a state: nothing that goes on from here is admitted."""

LARGEST = 1 << 18
"""States of an intersection, or twice those of its larger part, where that is more."""

Word = Sequence[int]
"""Symbols, without the end symbol."""

States = NDArray[np.int32]


class Automaton(NamedTuple):
    """Reads a name from state 0 on, a symbol at a time.

    Attributes:
        table: the state after each state and symbol, or ``DEAD``, int32 [Q, V]; the column of the
            end symbol is ``DEAD``.
        accepting: whether a name may end in each state, bool [Q].
    """

    table: States
    accepting: NDArray[np.bool_]

    def accepts(self, word: Word) -> bool:
        """Whether the name is admitted."""
        state = self.after(word)
        return state != DEAD and bool(self.accepting[state])

    def after(self, word: Word) -> int:
        """The state after the symbols."""
        state = 0
        for symbol in word:
            if state == DEAD:
                break
            state = int(self.table[state, symbol])
        return state


def anything(vocab_size: int) -> Automaton:
    """Admits every name."""
    table = np.zeros((1, vocab_size), dtype=np.int32)
    table[:, END] = DEAD
    return Automaton(table, np.ones(1, dtype=bool))


def ending(word: Word, vocab_size: int) -> Automaton:
    """Admits the names that end with the word (Knuth, Morris, Pratt 1977).

    State i: the last i symbols are the first i of the word, and i is the most.
    """
    table = np.zeros((len(word) + 1, vocab_size), dtype=np.int32)
    border = 0  # state after the word without its first symbol, as far as it is read
    for i, symbol in enumerate(word):
        table[i] = table[border]
        table[i, symbol] = i + 1
        border = int(table[border, symbol]) if i else 0
    table[len(word)] = table[border]
    table[:, END] = DEAD
    return Automaton(table, np.arange(len(word) + 1) == len(word))


def containing(word: Word, vocab_size: int) -> Automaton:
    """Admits the names that the word stands in."""
    table, accepting = ending(word, vocab_size)
    table[len(word), END + 1 :] = len(word)
    return Automaton(table, accepting)


def avoiding(words: Sequence[Word], vocab_size: int) -> Automaton:
    """Admits every name but the words: their trie; what leaves it, to state 1, is free."""
    lengths = np.array([len(word) for word in words], dtype=np.int64)
    symbols = np.fromiter(chain.from_iterable(words), dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    at = np.zeros(len(words), dtype=np.int64)  # the state after what is read of each word
    edges, count = [], 2
    for depth in range(lengths.max(initial=0)):
        going = np.flatnonzero(lengths > depth)
        codes = at[going] * vocab_size + symbols[starts[going] + depth]
        found, reached = np.unique(codes, return_inverse=True)
        edges.append(found)  # states are numbered as they are found
        at[going] = reached + count
        count += len(found)
    table = np.full((count, vocab_size), 1, dtype=np.int32)
    if edges:
        table.reshape(-1)[np.concatenate(edges)] = np.arange(2, count)
    table[:, END] = DEAD
    accepting = np.ones(count, dtype=bool)
    accepting[at] = False
    return Automaton(table, accepting)


def intersection(one: Automaton, other: Automaton) -> Automaton:
    """Admits what both admit; only pairs of states that can be reached are made.

    Raises:
        TooComplexError: they are too many.
    """
    width = len(other.table)
    most = max(LARGEST, 2 * len(one.table), 2 * width)
    codes = found = np.zeros(1, dtype=np.int64)  # of pairs, in the order found
    tables = []
    while found.size:
        first, second = one.table[found // width], other.table[found % width]
        dead = (first == DEAD) | (second == DEAD)
        tables.append(np.where(dead, DEAD, first.astype(np.int64) * width + second))
        found = np.setdiff1d(tables[-1], np.append(codes, DEAD))
        codes = np.concatenate([codes, found])
        if len(codes) > most:
            raise TooComplexError(f"all of it together needs more than {most} states; simplify it")
    table = _numbered(np.concatenate(tables), codes)
    return Automaton(table, one.accepting[codes // width] & other.accepting[codes % width])


def trimmed(automaton: Automaton, longest: int) -> Automaton:
    """The same without the states from which no name ends within ``longest`` more symbols."""
    table, accepting = automaton
    alive = np.append(accepting, False)
    for _ in range(longest):
        more = np.append(alive[:-1] | alive[table].any(1), False)
        if (more == alive).all():
            break
        alive = more
    alive[0] = True  # a start there must be
    number = np.append(np.cumsum(alive[:-1], dtype=np.int32) - 1, DEAD).astype(np.int32)
    number[~alive] = DEAD
    kept = alive[:-1]
    return Automaton(number[table[kept]], accepting[kept])


def merged(automaton: Automaton) -> Automaton:
    """The same with equivalent states made one (Moore 1956): fewer states, the same names."""
    table, accepting = automaton
    classes, count = accepting.astype(np.int64), 0
    while True:
        signature = np.column_stack([classes, np.append(classes, DEAD)[table]])
        _, first, classes = np.unique(signature, axis=0, return_index=True, return_inverse=True)
        if len(first) == count:
            break
        count = len(first)
    # The start stays state 0.
    order = np.argsort(first != np.flatnonzero(classes == classes[0])[0], kind="stable")
    number = np.append(np.argsort(order), DEAD).astype(np.int32)
    first = first[order]
    return Automaton(number[np.append(classes, DEAD)[table[first]]], accepting[first])


def _numbered(table: NDArray[np.int64], codes: NDArray[np.int64]) -> States:
    """The place of each code among the codes, ``DEAD`` left as it is."""
    order = np.argsort(codes)
    at = np.searchsorted(codes, table, sorter=order).clip(max=len(codes) - 1)
    return np.where(table == DEAD, DEAD, order[at]).astype(np.int32)
