"""``Successors``: the table of successors of a set of contexts.

Each context t = u + a gives the one entry that is t's own: from u, symbol a leads to t. Every
other entry of u is the entry of u's longest proper suffix. Contexts are taken shortest first, so
that the suffix's row is there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from namesmith.vocabulary import END
from namesmith_trainer.chains.arrays import Integers
from namesmith_trainer.chains.trie import Trie


@dataclass(frozen=True)
class Successors:
    """The states of a chain, and the state after each state and symbol.

    Attributes:
        contexts: index, among the given contexts, of each state's context, [S]; states are ordered
            by length, then lexicographically.
        rows: row of ``table`` of each state, [S].
        table: state after each symbol, [R, V].
        start: state before the first symbol of a name.
    """

    contexts: Integers
    rows: Integers
    table: Integers
    start: int

    @staticmethod
    def of(contexts: Sequence[tuple[int, ...]], vocab_size: int) -> "Successors":
        """Build the table; contexts that cannot be reached from the start have no state.

        Raises:
            ValueError: a context stands twice, lacks a suffix, has a symbol out of range or a
                boundary behind another symbol.
        """
        trie = Trie(vocab_size)
        empty, *longer = _by_length(contexts, vocab_size)
        levels = [empty, *(given.within(trie) for given in longer)]
        firsts = np.cumsum([0, *(len(level.places) for level in levels)])
        rows, table = _link(trie, levels, firsts)
        zeros = (trie.walk(np.zeros((1, k), np.int64))[0] for k in range(len(levels)))
        start = max(
            int(first + id_) for first, id_ in zip(firsts[:-1], zeros, strict=True) if id_ >= 0
        )
        table[:, END] = start
        return _reached(
            Successors(np.concatenate([level.places for level in levels]), rows, table, start)
        )


@dataclass(frozen=True)
class _Level:
    """The contexts of one length: their indexes among the given contexts, and symbols [N, K]."""

    places: Integers
    symbols: Integers

    def within(self, trie: Trie) -> "_Level":
        """Add the contexts to the trie; return them in its order, without unreachable contexts.

        A context whose prefix is no context cannot be reached, and is not added.
        """
        prefixes = trie.walk(self.symbols[:, :-1])
        kept = np.flatnonzero(prefixes >= 0)
        ids = trie.grow(prefixes[kept], self.symbols[kept, -1])
        if len(kept) != len(trie.keys[-1]):
            raise ValueError("a context stands twice")
        order = kept[np.argsort(ids)]
        return _Level(self.places[order], self.symbols[order])


def _by_length(contexts: Sequence[tuple[int, ...]], vocab_size: int) -> Iterator[_Level]:
    """Yield the contexts of each length from 0 on, checked."""
    lengths = np.array([len(context) for context in contexts])
    if np.count_nonzero(lengths == 0) != 1:
        raise ValueError("the empty context does not stand once")
    for length in range(lengths.max() + 1):
        places = np.flatnonzero(lengths == length)
        chosen = [contexts[i] for i in places.tolist()]
        symbols = np.array(chosen, np.int64).reshape(len(chosen), length)
        if ((symbols < 0) | (symbols >= vocab_size)).any():
            raise ValueError("a context has a symbol out of range")
        if ((symbols[:, 1:] == END) & (symbols[:, :-1] != END)).any():
            raise ValueError("a context has a boundary behind another symbol")
        yield _Level(places, symbols)


def _link(trie: Trie, levels: Sequence[_Level], firsts: Integers) -> tuple[Integers, Integers]:
    """Return the row of each context and the table, without successors of the end symbol."""
    prefixes = [firsts[k - 1] + trie.prefixes(k) for k in range(1, len(levels))]
    parents = np.unique(np.concatenate([[0], *prefixes]))
    rows = np.zeros(firsts[-1], np.int64)
    rows[parents] = np.arange(len(parents))
    table = np.zeros((len(parents), trie.vocab_size), np.int64)
    has_own = np.zeros(len(rows), bool)
    has_own[parents] = True
    for k, level in enumerate(levels):
        states = np.arange(firsts[k], firsts[k + 1])
        if k:
            suffixes = trie.walk(level.symbols[:, 1:])
            if (suffixes < 0).any():
                raise ValueError("a context lacks its suffix")
            inherited = rows[firsts[k - 1] + suffixes]
            own = has_own[states]
            table[rows[states[own]]] = table[inherited[own]]
            rows[states[~own]] = inherited[~own]
        if k + 1 < len(levels):
            after = np.arange(firsts[k + 1], firsts[k + 2])
            table[rows[prefixes[k]], trie.last_symbols(k + 1)] = after
    return rows, table


def _reached(whole: Successors) -> Successors:
    """Leave out the states that cannot be reached from the start, and the rows that none has."""
    reached = np.zeros(len(whole.rows), bool)
    new = np.array([whole.start])
    while len(new):
        reached[new] = True
        after = np.unique(whole.table[np.unique(whole.rows[new])])
        new = after[~reached[after]]
    number = np.cumsum(reached) - 1
    used, rows = np.unique(whole.rows[reached], return_inverse=True)
    table = number[whole.table[used]]
    return Successors(whole.contexts[reached], rows, table, int(number[whole.start]))
