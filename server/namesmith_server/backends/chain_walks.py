"""The walks of a chain: the states that its start reaches, and the symbols that a state depends on.

Pure functions on arrays whose values are in range. Each works in parts of a few thousand states,
so that its temporary arrays stay small.
"""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END

PART = 4096
"""Number of states or rows whose successors are looked up at once."""

Successors = NDArray[np.int32]

Hashes = NDArray[np.uint64]
"""A random number for each state or row: equal numbers stand for equal futures."""


def count_reachable(rows: Successors, successors: Successors, start: int, length: int) -> int:
    """Return the number of states that at most ``length`` symbols lead to from the start.

    A search, breadth first: each row of ``successors`` is looked up once.

    Args:
        rows: row of ``successors`` of each state, int32 [S].
        successors: state after each symbol, int32 [R, V].
        start: state before the first symbol, which is counted.
        length: number of symbols, >= 0.
    """
    is_reached = np.zeros(len(rows), dtype=bool)
    is_walked = np.zeros(len(successors), dtype=bool)
    front = np.array([start])
    for _ in range(length):
        is_reached[front] = True
        is_next = np.zeros(len(successors), dtype=bool)
        is_next[rows[front]] = True
        fresh = np.flatnonzero(is_next & ~is_walked)
        is_walked[fresh] = True
        is_found = np.zeros(len(rows), dtype=bool)
        for at in range(0, len(fresh), PART):
            is_found[successors[fresh[at : at + PART]]] = True
        front = np.flatnonzero(is_found & ~is_reached)
        if not front.size:
            break
    is_reached[front] = True
    return int(np.count_nonzero(is_reached))


def forgets(rows: Successors, successors: Successors, start: int, length: int) -> bool:
    """Return whether any ``length`` characters lead from every state to the state from the start.

    The states are refined as in Moore's minimisation, with random 64-bit numbers in place of
    classes. After round k, two states have the same number where every word of k characters leads
    from both to one state; that two others have the same number by chance has a probability of
    about 2^-64 for each pair and round. A round costs one look-up for each entry of ``successors``.

    Args:
        rows: row of ``successors`` of each state, int32 [S], all of them reachable.
        successors: state after each symbol, int32 [R, V].
        start: state before the first symbol.
        length: number of characters, >= 1.
    """
    random = np.random.default_rng(0)
    weights: Hashes = random.integers(1 << 64, size=successors.shape[1:], dtype=np.uint64)
    weights[END] = 0  # a name goes on behind a character
    states: Hashes = random.integers(1 << 64, size=rows.shape, dtype=np.uint64)
    for _ in range(length):
        states = _mixed(_sums(states, successors, weights))[rows]
        if (states == states[start]).all():
            return True
    return False


def _sums(states: Hashes, successors: Successors, weights: Hashes) -> Hashes:
    """Return the weighted sum of the numbers of each row's states, modulo 2^64, uint64 [R]."""
    sums = np.empty(len(successors), dtype=np.uint64)
    for at in range(0, len(successors), PART):
        sums[at : at + PART] = states.take(successors[at : at + PART]) @ weights
    return sums


def _mixed(hashes: Hashes) -> Hashes:
    """Scramble numbers one to one (the finaliser of MurmurHash3), so that sums of sums differ."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        hashes ^= hashes >> np.uint64(33)
        hashes *= np.uint64(factor)
    hashes ^= hashes >> np.uint64(33)
    return hashes
