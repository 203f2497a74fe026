"""Deterministic automata over symbols: which names are admitted, as arrays.

Every constraint beyond a prefix and lengths becomes one of these; all of them together are their
intersection. Knows ids; knows no probabilities and no text.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.errors import TooComplexError
from namesmith_server.engine.parameters import MAX_LENGTH
from namesmith_server.engine.stream import Stream
from namesmith_server.engine.turns import breathe

DEAD = -1
"""In place of a state: nothing that goes on from here is admitted."""

LARGEST = 1 << 14
"""States of an intersection: some 20 ms."""

ROUNDS = MAX_LENGTH
"""In which equivalent states are looked for: each tells more by names of one more character."""

Word = Sequence[int]
"""Symbols, without the end symbol."""

States = NDArray[np.int32]


class Automaton(NamedTuple):
    """Reads a name from state 0 on, a symbol at a time.

    Attributes:
        table: the state after each state and symbol, or ``DEAD``, int32 [Q, V]; the column of the
            end symbol is ``DEAD``.
        accepting: whether a name may end in each state, bool [Q].
        tree: so many first states are each reached by one name alone.
    """

    table: States
    accepting: NDArray[np.bool_]
    tree: int = 0

    def after(self, word: Word) -> int:
        """The state after the symbols."""
        state = 0
        for symbol in word:
            if state == DEAD:
                break
            state = int(self.table[state, symbol])
        return state

    def admitted(self, names: Stream) -> NDArray[np.bool_]:
        """Whether each name of a stream is admitted, bool [N]."""
        starts, lengths = _places(names)
        states = np.zeros(len(starts), dtype=np.int32)
        for depth in range(lengths.max(initial=0)):
            going = np.flatnonzero((lengths > depth) & (states != DEAD))
            states[going] = self.table[states[going], names[starts[going] + depth]]
        admitted: NDArray[np.bool_] = self.accepting[states] & (states != DEAD)
        return admitted


def anything(vocab_size: int) -> Automaton:
    """Admits every name."""
    table = np.zeros((1, vocab_size), dtype=np.int32)
    table[:, END] = DEAD
    return Automaton(table, np.ones(1, dtype=bool))


def nothing(vocab_size: int) -> Automaton:
    """Admits no name."""
    return Automaton(np.full((1, vocab_size), DEAD, dtype=np.int32), np.zeros(1, dtype=bool))


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
    table, accepting, _ = ending(word, vocab_size)
    table[len(word), END + 1 :] = len(word)
    return Automaton(table, accepting)


def excluding(automaton: Automaton, names: Stream) -> Automaton:
    """Admits what the automaton does, but none of the names of the stream.

    In front of the automaton's states stands a tree, a state for each beginning of those of the
    names that it admits; what leaves the tree is in the automaton's own states from then on.
    """
    starts, lengths = _places(names)
    kept = automaton.admitted(names)
    starts, lengths = starts[kept], lengths[kept]
    own, edges, count = [np.zeros(1, dtype=np.int32)], [], 1  # of each level of the tree
    at = np.zeros(len(starts), dtype=np.int64)  # the state after what is read of each name
    size = automaton.table.shape[1]
    for depth in range(lengths.max(initial=0)):
        breathe()
        going = np.flatnonzero(lengths > depth)
        codes = at[going] * size + names[starts[going] + depth]
        found, reached = np.unique(codes, return_inverse=True)
        level = count - len(own[-1])
        own.append(automaton.table[own[-1][found // size - level], found % size])
        edges.append(found)
        at[going] = reached + count
        count += len(found)
    before = np.concatenate(own)
    table = automaton.table[np.append(before, np.arange(len(automaton.table)))]
    table[table != DEAD] += count
    for found, first in zip(edges, np.cumsum([1, *map(len, edges)]), strict=False):
        table.reshape(-1)[found] = np.arange(first, first + len(found))
    accepting = np.append(automaton.accepting[before], automaton.accepting)
    accepting[at] = False
    return Automaton(table, accepting, count)


def intersection(one: Automaton, other: Automaton) -> Automaton:
    """Admits what both admit; only pairs of states that can be reached are made.

    Raises:
        TooComplexError: they are more than ``LARGEST``.
    """
    width = len(other.table)
    number = np.full(len(one.table) * width, DEAD, dtype=np.int32)  # of each pair
    number[0], count = 0, 1
    found = np.zeros(1, dtype=np.int64)
    pairs, tables = [found], []
    while found.size:
        breathe()
        first, second = one.table[found // width], other.table[found % width]
        after = np.where((first == DEAD) | (second == DEAD), DEAD, first * width + second)
        tables.append(after)
        found = after[after != DEAD]
        found = found[number[found] == DEAD]
        number[found] = np.arange(count, count + len(found))
        found = found[number[found] == np.arange(count, count + len(found))]  # each once
        number[found] = np.arange(count, count + len(found))
        count += len(found)
        pairs.append(found)
        if count > LARGEST:
            raise TooComplexError(
                f"all of it together needs more than {LARGEST} states; simplify it"
            )
    codes, table = np.concatenate(pairs), np.concatenate(tables)
    table = np.where(table == DEAD, DEAD, number[table])
    return Automaton(table, one.accepting[codes // width] & other.accepting[codes % width])


def trimmed(automaton: Automaton, longest: int) -> Automaton:
    """The same without the states from which no name ends within ``longest`` more symbols."""
    table, accepting, tree = automaton
    alive = np.append(accepting, False)
    for _ in range(longest):
        breathe()
        waiting = np.flatnonzero(~alive[:-1])
        reached = waiting[alive[table[waiting]].any(1)]
        if not reached.size:
            break
        alive[reached] = True
    if not alive[0]:
        return nothing(table.shape[1])
    if alive[:-1].all():
        return automaton
    number = np.append(np.cumsum(alive[:-1], dtype=np.int32) - 1, DEAD).astype(np.int32)
    number[~alive] = DEAD
    kept = alive[:-1]
    return Automaton(number[table[kept]], accepting[kept], int(kept[:tree].sum()))


def merged(automaton: Automaton) -> Automaton:
    """The same with equivalent states made one (Moore 1956): fewer states, the same names.

    Where ``ROUNDS`` do not tell which are, the automaton as it is.
    """
    table, accepting, _ = automaton
    classes, count = accepting.astype(np.uint64), 0
    for _ in range(ROUNDS):
        breathe()
        # States of a class whose symbols lead to other classes part.
        onward = np.append(classes, np.uint64(len(table)))[table]
        hashes = _hashed(np.column_stack([classes, onward]))
        _, first, parts = np.unique(hashes, return_index=True, return_inverse=True)
        classes = parts.astype(np.uint64)
        if len(first) == count:
            break
        count = len(first)
    # The start stays state 0.
    order = np.argsort(first != np.flatnonzero(parts == parts[0])[0], kind="stable")
    number = np.append(np.argsort(order), DEAD).astype(np.int32)
    first = first[order]
    small = Automaton(number[np.append(parts, DEAD)[table[first]]], accepting[first])
    return small if _stands_for(small, number[parts], automaton) else automaton


def _hashed(rows: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A number for each row [B, N], the same for equal rows and hardly ever for others."""
    factors = np.random.default_rng(0).integers(1 << 63, size=rows.shape[1], dtype=np.uint64)
    return rows @ factors


def _stands_for(small: Automaton, states: States, automaton: Automaton) -> bool:
    """Whether each state of the automaton does what its state of the small one does."""
    onward = np.append(states, DEAD)[automaton.table]
    return np.array_equal(small.table[states], onward) and np.array_equal(
        small.accepting[states], automaton.accepting
    )


def _places(names: Stream) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each name of a stream starts, and its length without the end symbol, int64 [N]."""
    ends = np.flatnonzero(names == END)
    starts = np.append(0, ends[:-1] + 1)[: len(ends)]
    return starts, ends - starts
