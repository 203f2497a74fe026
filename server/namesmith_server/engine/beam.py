"""What a beam search holds: prefixes of names, and what may come of each."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.arrays import Floats, Ids, Reals
from namesmith_server.engine.automaton import States
from namesmith_server.engine.random import Keys


@dataclass
class Beam:
    """Prefixes of one length and names that have ended, in the order of their symbols.

    Attributes:
        symbols: [M, longest + 1], padded with end symbols.
        states: of the product's layer; those of ended names mean nothing.
        going: whether a prefix has not ended, [M].
        log_probs: natural log of what is read so far, from the first position on.
        keys: what each is ranked by.
        noise: keys of generators, which depend on the seed and the symbols alone.
    """

    symbols: NDArray[np.integer]
    states: States
    going: NDArray[np.bool_]
    log_probs: Floats
    keys: Floats
    noise: Keys

    def part(self, chosen: NDArray[Any]) -> "Beam":
        """Some of them."""
        return Beam(*(array[chosen] for array in vars(self).values()))


class Candidates(NamedTuple):
    """Prefixes with a symbol behind them: may be of the next beam.

    Attributes:
        parents: places in the beam.
        symbols: the end symbol also behind names that have ended.
        keys: what each is ranked by.
        steps: log-probability of the symbol; 0 behind names that have ended.
    """

    parents: NDArray[np.intp]
    symbols: Ids
    keys: Floats
    steps: Reals

    def part(self, chosen: NDArray[Any]) -> "Candidates":
        """Some of them."""
        return Candidates(*(array[chosen] for array in self))

    def best(self, width: int) -> "Candidates":
        """The best of them, in their order; of equal ones the first."""
        if len(self.keys) <= width:
            return self
        least = np.partition(self.keys, -width)[-width]
        chosen = self.keys > least
        ties = np.flatnonzero(self.keys == least)
        chosen[ties[: width - chosen.sum()]] = True
        return self.part(chosen)


def joined(some: list[Candidates]) -> Candidates:
    """Candidates, one list behind the other."""
    every: list[Any] = [np.concatenate(arrays) for arrays in zip(*some, strict=True)]
    return Candidates(*every)
