"""Operations that make a DFA of other DFAs: exclusion, intersection, trimming, minimization."""

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import MAX_LENGTH
from namesmith_server.engine.constraints.dfa import (
    DEAD,
    Dfa,
    Transitions,
    nothing,
)
from namesmith_server.engine.core import EncodedNames, checkpoint, name_places, reserve
from namesmith_server.engine.errors import TooComplexError

MAX_STATES = 1 << 14
"""Most states of an intersection of DFAs, some 20 ms of work; a larger one is refused."""

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
    starts, lengths = name_places(names)
    kept = dfa.admitted(names)
    starts, lengths = starts[kept], lengths[kept]
    own, edges, count = [np.zeros(1, dtype=np.int32)], [], 1  # for each level of the trie
    at = np.zeros(len(starts), dtype=np.int64)  # the state of each name so far
    size = dfa.table.shape[1]
    for depth in range(lengths.max(initial=0)):
        checkpoint()
        going = np.flatnonzero(lengths > depth)
        codes = at[going] * size + names[starts[going] + depth]
        found, reached = np.unique(codes, return_inverse=True)
        level = count - len(own[-1])
        own.append(dfa.table[own[-1][found // size - level], found % size])
        edges.append(found)
        at[going] = reached + count
        count += len(found)
    reserve(COPIES * (count + len(dfa.table)) * dfa.table[0].nbytes)
    before = np.concatenate(own)
    table = dfa.table[np.append(before, np.arange(len(dfa.table)))]
    table[table != DEAD] += count
    for found, first in zip(edges, np.cumsum([1, *map(len, edges)]), strict=False):
        table.reshape(-1)[found] = np.arange(first, first + len(found))
    accepting = np.append(dfa.accepting[before], dfa.accepting)
    accepting[at] = False
    return Dfa(table, accepting, count)


def intersection(one: Dfa, other: Dfa) -> Dfa:
    """Return the DFA of the names that both DFAs admit; its states are the reachable pairs.

    Raises:
        TooComplexError: more than ``MAX_STATES`` pairs of states are reachable.
    """
    width = len(other.table)
    reserve(len(one.table) * width * one.table.itemsize)
    number = np.full(len(one.table) * width, DEAD, dtype=np.int32)  # number of each pair
    number[0], count = 0, 1
    found = np.zeros(1, dtype=np.int64)
    pairs, tables = [found], []
    while found.size:
        checkpoint()
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
        if count > MAX_STATES:
            raise TooComplexError(
                f"all of it together needs more than {MAX_STATES} states; simplify it"
            )
    codes, table = np.concatenate(pairs), np.concatenate(tables)
    table = np.where(table == DEAD, DEAD, number[table])
    return Dfa(table, one.accepting[codes // width] & other.accepting[codes % width])


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
