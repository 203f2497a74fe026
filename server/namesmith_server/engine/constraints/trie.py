"""The trie of encoded words: a state for each beginning of a word, numbered a level at a time."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import EncodedNames, checkpoint, name_places


class Trie(NamedTuple):
    """A trie, whose root is state 0.

    Attributes:
        levels: parent x V + symbol of each state of a level, ascending, int64; the states of the
            first level, of one symbol, have the numbers from 1 on, and so level by level.
        ends: state of each word, int64 [N].
        states: number of states.
    """

    levels: list[NDArray[np.int64]]
    ends: NDArray[np.int64]
    states: int

    @property
    def codes(self) -> NDArray[np.int64]:
        """The levels, one behind the other: of each state but the root, int64 [states - 1]."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *self.levels])


def trie_of(words: EncodedNames, vocab_size: int) -> Trie:
    """Return the trie of encoded words over V symbols."""
    starts, lengths = name_places(words)
    levels, count = [], 1
    at = np.zeros(len(starts), dtype=np.int64)  # the state of each word so far
    for depth in range(lengths.max(initial=0)):
        checkpoint()
        going = np.flatnonzero(lengths > depth)
        codes = at[going] * vocab_size + words[starts[going] + depth]
        found, reached = np.unique(codes, return_inverse=True)
        at[going] = reached + count
        levels.append(found)
        count += len(found)
    return Trie(levels, at, count)
