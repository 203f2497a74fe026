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
from namesmith_server.engine.numbering.cost_table import MOST, CostTable, CostWindows
from namesmith_server.engine.numbering.numbered_names import NumberedNames
from namesmith_server.engine.numbering.step_costs import StepCosts, possible

COARSEST, FINEST = 16.0, 1 / 64
"""Units of cost, in nats: the first, and the least."""

MAX_ENTRIES = 1 << 23
"""Largest number of counts of a table, 8 bytes each."""

COUNT_BYTES = 8
"""Number of bytes of a count."""


def number_names(
    chain: Chain, dfa: Dfa, prefix: Word, lengths: tuple[int, int], capacity: int
) -> NumberedNames:
    """Number the ``capacity`` most probable names, to the resolution of the costs.

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
        raise UnsatisfiableError("no name of positive probability satisfies the constraint")
    if names < capacity:
        raise CapacityError(capacity, int(names))


def _cheapest(trellis: Trellis, min_length: int, capacity: int) -> CostTable:
    """Return the table of the least bound within which there are ``capacity`` names."""
    reserve(MAX_ENTRIES * COUNT_BYTES)
    windows = CostWindows(trellis, StepCosts(trellis.chain, COARSEST), min_length)
    bound = max(windows.least, 1)
    while (least := _least_bound(windows, bound, capacity)) is None:
        bound *= 2
    while windows.costs.unit > FINEST:
        finer = CostWindows(
            trellis, StepCosts(trellis.chain, windows.costs.unit / 2), min_length
        )
        if finer.entries(2 * least) > MAX_ENTRIES:
            break
        windows, found = finer, _least_bound(finer, 2 * least, capacity)
        least = 2 * least if found is None else found
    table = CostTable(windows, least)
    if table.totals[-1] == MOST:
        raise TooComplexError("leaves too many names of about the same probability to number them")
    return table


def _least_bound(windows: CostWindows, bound: int, capacity: int) -> int | None:
    """Return the least bound with ``capacity`` names; None where it is above the given bound."""
    if windows.entries(bound) > MAX_ENTRIES:
        raise TooComplexError(
            f"takes more than {MAX_ENTRIES} counts to number its names; shorten max_length, or ask"
            " for less capacity"
        )
    totals = CostTable(windows, bound).totals
    return int(np.searchsorted(totals, capacity)) if totals[-1] >= capacity else None
