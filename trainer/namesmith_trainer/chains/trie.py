"""``Trie``: sequences of symbols, closed under prefixes, with an id for each.

    level 0      level 1        level 2
    ()  id 0     (a,)  id 0     (a, c)  id 0
                 (b,)  id 1     (b, a)  id 1
                                (b, b)  id 2

A sequence is kept as one number, the id of its prefix times V plus its last symbol; the ids of a
level are the ranks of these numbers. A step is therefore a binary search, for any vocabulary and
length: no number exceeds sequences times symbols.
"""

import numpy as np

from namesmith_trainer.chains.arrays import Integers


class Trie:
    """Sequences by length; the ids of a length are in lexicographic order, from 0.

    Attributes:
        vocab_size: number of symbols V.
        keys: for each length from 0 on, the sorted numbers of its sequences, int64.
    """

    def __init__(self, vocab_size: int) -> None:
        """Begin with the empty sequence."""
        self.vocab_size = vocab_size
        self.keys = [np.zeros(1, np.int64)]

    def grow(self, prefixes: Integers, symbols: Integers) -> Integers:
        """Add the sequences of the next length, and return the id of each, int64 [N].

        Args:
            prefixes: ids of the sequences without their last symbol, [N].
            symbols: last symbols, [N]; the same sequence may stand several times.
        """
        keys, ids = np.unique(prefixes * self.vocab_size + symbols, return_inverse=True)
        ranks: Integers = ids
        self.keys.append(keys.astype(np.int64))
        return ranks

    def step(self, length: int, prefixes: Integers, symbols: Integers) -> Integers:
        """Return the ids of sequences of a length, int64 [N]; -1 for a sequence that is not here.

        Args:
            length: length of the sequences, >= 1.
            prefixes: ids of the sequences without their last symbol, [N]; -1 for no sequence.
            symbols: last symbols, [N].
        """
        if length >= len(self.keys) or not len(self.keys[length]):
            return np.full(len(prefixes), -1)
        keys, wanted = self.keys[length], prefixes * self.vocab_size + symbols
        ids = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where((prefixes >= 0) & (keys[ids] == wanted), ids, -1)

    def walk(self, sequences: Integers) -> Integers:
        """Return the ids of sequences [N, K] of one length, int64 [N]; -1 for one not here."""
        ids: Integers = np.zeros(len(sequences), np.int64)
        for length in range(1, sequences.shape[1] + 1):
            ids = self.step(length, ids, sequences[:, length - 1])
        return ids

    def prefixes(self, length: int) -> Integers:
        """Return the id of each sequence's prefix, for the sequences of a length >= 1."""
        return self.keys[length] // self.vocab_size

    def last_symbols(self, length: int) -> Integers:
        """Return the last symbol of each sequence of a length >= 1."""
        return self.keys[length] % self.vocab_size
