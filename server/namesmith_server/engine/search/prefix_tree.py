"""The prefixes that a search has expanded, each as its last symbol and the prefix before it."""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.core import Symbols, reserve
from namesmith_server.engine.search.next_symbols import Contexts

Nodes = NDArray[np.int32]
"""Numbers of nodes of a ``PrefixTree``, [B]."""

NODE_BYTES = 8
"""Number of bytes of a node."""


class PrefixTree:
    """Prefixes as nodes, each of which knows its last symbol and its parent.

    ::

        0 "."  <-  1 "m"  <-  2 "ma"  <-  4 "mar"
              ^                     ^---  5 "max"
              '--  3 "a"

    Node 0 is the start of every name. It is its own parent, so that a walk upwards reads a whole
    context, which has end symbols before the name.
    """

    def __init__(self, capacity: int) -> None:
        """Make a tree of the start alone, with room for ``capacity`` further nodes."""
        reserve(NODE_BYTES * (capacity + 1))
        self._parents = np.zeros(capacity + 1, dtype=np.int32)
        self._symbols = np.full(capacity + 1, END, dtype=np.int32)
        self._size = 1

    def add(self, parents: Nodes, symbols: Symbols) -> Nodes:
        """Add a node for each parent with a symbol behind it; return the nodes."""
        first, self._size = self._size, self._size + len(parents)
        self._parents[first : self._size] = parents
        self._symbols[first : self._size] = symbols
        return np.arange(first, self._size, dtype=np.int32)

    def contexts(self, nodes: Nodes, block_size: int) -> Contexts:
        """Return the context behind each node, int64 [B, L], oldest symbol first."""
        contexts = np.empty((len(nodes), block_size), dtype=np.int64)
        for place in range(block_size - 1, -1, -1):
            contexts[:, place] = self._symbols[nodes]
            nodes = self._parents[nodes]
        return contexts

    def rows(self, nodes: Nodes, max_length: int) -> NDArray[np.int32]:
        """Return the symbols of each node's prefix, padded with end symbols, [B, max_length + 1].

        Args:
            nodes: nodes of prefixes of at most ``max_length`` symbols.
            max_length: number of columns but one.
        """
        backwards = self.contexts(nodes, max_length).astype(np.int32)
        rows = np.full((len(nodes), max_length + 1), END, dtype=np.int32)
        lengths = (backwards != END).sum(1)
        for length in np.unique(lengths).tolist():
            these = lengths == length
            rows[these, :length] = backwards[these, max_length - length :]
        return rows
