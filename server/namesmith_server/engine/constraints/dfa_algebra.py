"""Operations that make a DFA of other DFAs: exclusion, intersection, complement, minimization."""

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import MAX_LENGTH
from namesmith.vocabulary import END
from namesmith_server.engine.constraints.dfa import (
    DEAD,
    Dfa,
    Transitions,
    nothing,
)
from namesmith_server.engine.constraints.product import Machine, reachable_product
from namesmith_server.engine.constraints.trie import trie_of
from namesmith_server.engine.core import EncodedNames, checkpoint, chosen_names, reserve
from namesmith_server.engine.errors import TooComplexError

MAX_STATES = 1 << 18
"""Most states of an intersection of DFAs, some 0.2 s of work; a larger one is refused."""

MAX_ROUNDS = MAX_LENGTH
"""Largest number of rounds of partition refinement: a round separates states by names of one more
character."""

COPIES = 3
"""Number of tables of a DFA that are held at once: made, trimmed, and with states renumbered."""


def excluding(dfa: Dfa, names: EncodedNames) -> Dfa:
    """Return the DFA of the names that ``dfa`` admits, except the encoded ``names``.

    In front of the states of ``dfa`` stands a trie, a state for each beginning of an excluded name
    that ``dfa`` admits; a name that leaves the trie is in the states of ``dfa`` from then on.
    """
    trie = trie_of(chosen_names(names, dfa.admitted(names)), dfa.table.shape[1])
    size, count = dfa.table.shape[1], trie.states
    own, first = [np.zeros(1, dtype=np.int32)], 0  # the state of ``dfa`` in each state of a level
    for found in trie.levels:
        own.append(dfa.table[own[-1][found // size - first], found % size])
        first += len(own[-2])
    reserve(COPIES * (count + len(dfa.table)) * dfa.table[0].nbytes)
    before = np.concatenate(own)
    table = dfa.table[np.append(before, np.arange(len(dfa.table)))]
    table[table != DEAD] += count
    table.reshape(-1)[trie.codes] = np.arange(1, count)
    accepting = np.append(dfa.accepting[before], dfa.accepting)
    accepting[trie.ends] = False
    return Dfa(table, accepting, count)


def beginning_with_any(words: EncodedNames, vocab_size: int) -> Dfa:
    """Return the DFA of the names that begin with one of the encoded words.

    A trie, and a state that is never left behind the words. A word that begins with another word
    takes no states beyond those of the other.
    """
    trie = trie_of(words, vocab_size)
    begun = np.zeros(trie.states, dtype=bool)
    begun[trie.ends] = True
    first = 1
    for found in trie.levels:
        begun[first : first + len(found)] |= begun[found // vocab_size]
        first += len(found)
    tree = trie.states - int(begun.sum())
    number = np.where(begun, tree, np.cumsum(~begun) - 1)
    reserve(COPIES * (tree + 1) * vocab_size * np.dtype(np.int32).itemsize)
    table = np.full((tree + 1, vocab_size), DEAD, dtype=np.int32)
    parents, symbols = trie.codes // vocab_size, trie.codes % vocab_size
    inner = ~begun[parents]
    table[number[parents[inner]], symbols[inner]] = number[1:][inner]
    table[tree, END + 1 :] = tree
    return Dfa(table, np.arange(tree + 1) == tree, tree)


def complement(dfa: Dfa) -> Dfa:
    """Return the DFA of the names that ``dfa`` does not admit."""
    table = np.pad(dfa.table, ((0, 1), (0, 0)), constant_values=DEAD)
    table[table == DEAD] = len(dfa.table)
    table[:, END] = DEAD
    return Dfa(table, ~np.append(dfa.accepting, False))


def intersection(one: Dfa, other: Dfa) -> Dfa:
    """Return the DFA of the names that both DFAs admit; its states are the reachable pairs.

    Raises:
        TooComplexError: more than ``MAX_STATES`` pairs of states are reachable.
    """
    row = one.table[0].nbytes
    machine = Machine(np.arange(len(one.table), dtype=np.int32), one.table)
    found = reachable_product(
        machine, other.table, (0, 0), MAX_STATES, lambda pairs, _: reserve(pairs * row)
    )
    if found is None:
        raise TooComplexError(
            f"all of it together needs more than {MAX_STATES} states; simplify it"
        )
    accepting = one.accepting[found.lefts] & other.accepting[found.rights]
    return Dfa(found.after[found.rows], accepting)


def trim(dfa: Dfa, longest: int) -> Dfa:
    """Return the DFA without the states from which no name ends within ``longest`` symbols."""
    table, accepting, tree = dfa
    alive = np.append(accepting, False)
    for _ in range(longest):
        checkpoint()
        waiting = np.flatnonzero(~alive[:-1])
        reached = waiting[alive[table[waiting]].any(1)]
        if not reached.size:
            break
        alive[reached] = True
    if not alive[0]:
        return nothing(table.shape[1])
    if alive[:-1].all():
        return dfa
    number = np.append(np.cumsum(alive[:-1], dtype=np.int32) - 1, DEAD).astype(np.int32)
    number[~alive] = DEAD
    kept = alive[:-1]
    return Dfa(number[table[kept]], accepting[kept], int(kept[:tree].sum()))


def minimize(dfa: Dfa) -> Dfa:
    """Return the DFA with equivalent states merged (Moore 1956): fewer states, the same names.

    Where ``MAX_ROUNDS`` rounds do not find all classes of states, the DFA is returned unchanged.
    """
    table, accepting, _ = dfa
    classes, count = accepting.astype(np.uint64), 0
    for _ in range(MAX_ROUNDS):
        checkpoint()
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
    small = Dfa(number[np.append(parts, DEAD)[table[first]]], accepting[first])
    return small if _stands_for(small, number[parts], dfa) else dfa


def _hashed(rows: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return a hash of each row of [B, N]: equal for equal rows, hardly ever for unequal rows."""
    factors = np.random.default_rng(0).integers(1 << 63, size=rows.shape[1], dtype=np.uint64)
    return rows @ factors


def _stands_for(small: Dfa, states: Transitions, dfa: Dfa) -> bool:
    """Tell whether each state of ``dfa`` acts like the state of ``small`` that replaces it."""
    onward = np.append(states, DEAD)[dfa.table]
    return np.array_equal(small.table[states], onward) and np.array_equal(
        small.accepting[states], dfa.accepting
    )
