"""The choice of the names that are numbered: the finest unit of cost, and the least bound on it.

The choice is a function of the chain, the constraint and the capacity alone, never of a machine.
Units are halved from a coarse one on, as long as the table of counts stays small. A bound found
with one unit gives a bound for the next: a step costs at most twice as many units of half the size.
"""

import numpy as np

from namesmith_server.engine.constraints import Dfa, Word
from namesmith_server.engine.core import reserve
from namesmith_server.engine.errors import CapacityError, TooComplexError, UnsatisfiableError
from namesmith_server.engine.markov import REAL, Chain, Trellis, backward_message, reachable_trellis
from namesmith_server.engine.numbering.cost_table import MOST, CostTable
from namesmith_server.engine.numbering.cost_windows import CostWindows, least_rests
from namesmith_server.engine.numbering.numbered_names import NumberedNames
from namesmith_server.engine.numbering.step_costs import StepCosts, possible

COARSEST, FINEST = 16.0, 1 / 16
"""Units of cost, in nats: the first, and the least."""

MAX_ENTRIES = 1 << 23
"""Largest number of counts of a table, 8 bytes each."""

COUNT_BYTES = 8
"""Number of bytes of a count."""

MAX_TABLE_BYTES = MAX_ENTRIES * COUNT_BYTES
"""Number of bytes of the largest table of counts."""


def number_names(
    chain: Chain, dfa: Dfa, prefix: Word, lengths: tuple[int, int], capacity: int
) -> NumberedNames:
    """Give numbers to the ``capacity`` most probable names, to the resolution of the costs.

    Args:
        chain: chain of the names.
        dfa: DFA of the names that are admitted.
        prefix: first symbols of every name.
        lengths: fewest and most characters of a name.
        capacity: number of names, in [1, 2^40].

    Raises:
        TooComplexError: the constraint takes too much memory or work.
        UnsatisfiableError: no name is admitted.
        CapacityError: fewer names are admitted.
    """
    min_length, max_length = lengths
    trellis = reachable_trellis(chain, dfa, prefix, max_length)
    _check_capacity(trellis, prefix, min_length, capacity)
    return NumberedNames(_cheapest(trellis, min_length, capacity), prefix, capacity)


def _check_capacity(trellis: Trellis, prefix: Word, min_length: int, capacity: int) -> None:
    """Refuse a capacity above the number of names that are admitted."""
    names = 0.0
    if trellis.layers:
        steps = possible(trellis.chain.log_probs)
        names = backward_message(trellis, steps.astype(np.float32), REAL, min_length, (0, 0))
        state = trellis.chain.start
        for symbol in prefix:
            names *= steps[state, symbol]
            state = int(trellis.chain.successors[trellis.chain.rows[state], symbol])
    if not names:
        raise UnsatisfiableError
    if names < capacity:
        raise CapacityError(capacity, int(names))


def _cheapest(trellis: Trellis, min_length: int, capacity: int) -> CostTable:
    """Return the table of the finest unit, and of the least bound with ``capacity`` names."""
    room = _Room()
    scale = _Scale(trellis, min_length, COARSEST)
    windows = scale.windows(max(scale.least, 1))
    while (least := room.least_bound(windows, capacity)) > windows.bound:
        windows = scale.windows(2 * windows.bound)
    while scale.unit > FINEST:
        finer = _Scale(trellis, min_length, scale.unit / 2)
        windows = finer.windows(2 * least)
        if windows.entries > MAX_ENTRIES:
            break
        scale, least = finer, room.least_bound(windows, capacity)
    table = room.count(scale.windows(least))
    if table.totals[-1] == MOST:
        raise TooComplexError("leaves too many names of about the same probability to number them")
    return table


class _Scale:
    """A unit of cost, and the windows of costs for any bound."""

    def __init__(self, trellis: Trellis, min_length: int, unit: float) -> None:
        self.unit = unit
        self._trellis = trellis
        self._min_length = min_length
        self._costs = StepCosts(trellis.chain, unit)
        self._rests = least_rests(trellis, self._costs, min_length)
        self.least = int(self._rests[0][0])

    def windows(self, bound: int) -> CostWindows:
        """Return the windows of a bound."""
        return CostWindows(self._trellis, self._costs, self._min_length, self._rests, bound)


class _Room:
    """The memory of the tables of counts, one after the other."""

    def __init__(self) -> None:
        self._size = 0

    def count(self, windows: CostWindows) -> CostTable:
        """Return the table of windows, unless they have too many costs."""
        if windows.entries > MAX_ENTRIES:
            raise TooComplexError(
                f"takes more than {MAX_ENTRIES} counts to number its names; shorten max_length, or"
                " ask for less capacity"
            )
        size = windows.entries * COUNT_BYTES
        reserve(max(size - self._size, 0))
        self._size = max(size, self._size)
        return CostTable(windows)

    def least_bound(self, windows: CostWindows, capacity: int) -> int:
        """Return the least bound with ``capacity`` names; more than the windows' if it is above."""
        return int(np.searchsorted(self.count(windows).totals, capacity))
