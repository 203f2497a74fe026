"""Prefixes of names that a search has not expanded, and names, which are prefixes that ended."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import RANKED_DECIMALS
from namesmith_server.engine.core import Floats, States, Symbols
from namesmith_server.engine.search.prefix_tree import Nodes

PREFIX_BYTES = 24
"""Number of bytes of a prefix."""


class Prefixes(NamedTuple):
    """Prefixes, in no order.

    Attributes:
        log_probs: log-probability of the symbols behind the constraint's prefix, [B].
        parents: node of each prefix without its last symbol, [B].
        symbols: last symbol of each prefix, the end symbol of one that has ended, [B].
        states: state of the DFA behind each prefix, [B]; of an ended one without meaning.
        lengths: number of characters of each prefix, [B].
    """

    log_probs: Floats
    parents: Nodes
    symbols: Symbols
    states: States
    lengths: NDArray[np.integer]

    @property
    def keys(self) -> Floats:
        """Rounded log-probabilities, which rank prefixes and names, [B]."""
        keys: Floats = np.round(self.log_probs, RANKED_DECIMALS)
        return keys

    @property
    def size(self) -> int:
        """Number of bytes of all prefixes."""
        return PREFIX_BYTES * len(self.log_probs)

    def select(self, chosen: NDArray[Any]) -> "Prefixes":
        """Return the chosen prefixes, given by a mask or by their places."""
        return Prefixes(*(array[chosen] for array in self))

    def joined(self, others: "Prefixes") -> "Prefixes":
        """Return these prefixes and the others."""
        pairs: Any = zip(self, others, strict=True)
        return Prefixes(*(np.concatenate(pair) for pair in pairs))

    def best(self, count: int) -> NDArray[np.bool_]:
        """Return which prefixes are the ``count`` most probable ones, bool [B]."""
        chosen = np.ones(len(self.log_probs), dtype=bool)
        if count < len(chosen):
            chosen[np.argpartition(self.log_probs, -count)[:-count]] = False
        return chosen
