r"""The automaton of Aho and Corasick (1975): which of many words stand in a name.

A state is the longest suffix of the symbols read so far that begins a word. The states are those of
the words' trie; where a state has no child for a symbol, it steps as its *failure state* does, the
longest of its proper suffixes that is a state.

      words  abc, bd            0 -a-> 1 -b-> 3 -c-> 5        the failure state of 3, "ab", is 2,
                                 \-b-> 2 -d-> 4               "b": so 3 -d-> 4
"""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.constraints.dfa import DEAD, Dfa, Transitions, nothing
from namesmith_server.engine.constraints.trie import Trie, trie_of
from namesmith_server.engine.core import EncodedNames, checkpoint, reserve


def ending_with_any(words: EncodedNames, vocab_size: int) -> Dfa:
    """Return the DFA of the names that end with one of the encoded words."""
    trie = trie_of(words, vocab_size)
    matches = np.zeros(trie.states, dtype=bool)
    return Dfa(_steps(trie, vocab_size, matches), matches)


def containing_none(words: EncodedNames, vocab_size: int) -> Dfa:
    """Return the DFA of the names that contain none of the encoded words.

    A word that goes on behind another word takes no states beyond those of the other.
    """
    trie = trie_of(words, vocab_size)
    matches = np.zeros(trie.states, dtype=bool)
    table = _steps(trie, vocab_size, matches, stays=True)
    if matches[0]:
        return nothing(vocab_size)
    number = np.cumsum(~matches, dtype=np.int32) - np.int32(1)
    number[matches] = DEAD
    number = np.append(number, np.int32(DEAD))
    return Dfa(number[table[~matches]], np.ones(trie.states - int(matches.sum()), dtype=bool))


def _steps(
    trie: Trie, vocab_size: int, matches: NDArray[np.bool_], *, stays: bool = False
) -> Transitions:
    """Return the state after each state and symbol, int32 [Q, V]: of the end symbol, ``DEAD``.

    Args:
        trie: trie of the words.
        vocab_size: number of symbols, V.
        matches: array that is set where a word ends in a state, bool [Q].
        stays: whether it is also set where a word has ended before.
    """
    reserve(trie.states * vocab_size * np.dtype(np.int32).itemsize)
    table = np.empty((trie.states, vocab_size), dtype=np.int32)
    table[0], table[0, END] = 0, DEAD
    matches[trie.ends] = True
    steps, count = table.reshape(-1), 1
    for found in trie.levels:
        checkpoint()
        level = np.arange(count, count + len(found), dtype=np.int32)
        failures = steps[found]  # before it has a child, a state steps as its failure state does
        steps[found] = level
        table[level] = table[failures]
        matches[level] |= matches[failures]
        if stays:
            matches[level] |= matches[found // vocab_size]
        count += len(found)
    return table
