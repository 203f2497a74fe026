"""The beam of a search: the prefixes that are kept, and the candidates for the next ones."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import Floats, Reals, States, Symbols


@dataclass
class Beam:
    """Prefixes of one length and names that have ended, in the order of their symbols.

    Attributes:
        symbols: symbols of each prefix, padded with end symbols, [B, max_length + 1].
        states: state of each prefix in the trellis's layer, [B]; the state of an ended name has no
            meaning.
        active: whether a prefix has not ended, [B].
        log_probs: log-probability of the symbols behind the constraint's prefix, natural log, [B].
        keys: key by which each prefix is ranked, [B].
        rng_keys: key of each prefix's generator, a function of the seed and the symbols alone, [B].
    """

    symbols: NDArray[np.integer]
    states: States
    active: NDArray[np.bool_]
    log_probs: Floats
    keys: Floats
    rng_keys: NDArray[np.uint64]

    def select(self, chosen: NDArray[Any]) -> "Beam":
        """Return the chosen prefixes, given by a mask or by their places."""
        return Beam(*(array[chosen] for array in vars(self).values()))


class Candidates(NamedTuple):
    """Prefixes with a symbol behind them, for the next beam.

    Attributes:
        parents: place in the beam of the prefix that each candidate extends, [B].
        symbols: next symbol of each candidate; the end symbol behind a name that has ended, [B].
        keys: key by which each candidate is ranked, [B].
        steps: log-probability of the next symbol; 0 behind a name that has ended, [B].
    """

    parents: NDArray[np.intp]
    symbols: Symbols
    keys: Floats
    steps: Reals

    @staticmethod
    def joined(parts: list["Candidates"]) -> "Candidates":
        """Return the candidates of all parts, one part after the other."""
        every: list[Any] = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
        return Candidates(*every)

    def select(self, chosen: NDArray[Any]) -> "Candidates":
        """Return the chosen candidates, given by a mask or by their places."""
        return Candidates(*(array[chosen] for array in self))

    def best(self, width: int) -> "Candidates":
        """Return the ``width`` best candidates, in their order; of equal keys the first ones."""
        if len(self.keys) <= width:
            return self
        least = np.partition(self.keys, -width)[-width]
        chosen = self.keys > least
        ties = np.flatnonzero(self.keys == least)
        chosen[ties[: width - chosen.sum()]] = True
        return self.select(chosen)
