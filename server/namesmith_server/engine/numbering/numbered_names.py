"""The most probable names of a chain under a constraint, numbered: a rank for a name, and back.

A set of ``capacity`` names is chosen: the cheapest ones, by the whole costs of their steps. Ranks
ascend with the cost; names of equal cost are ordered by their symbols, cheaper symbols first. No
name is listed: a rank is read as a path through the table of counts, symbol by symbol.

      rank 0, 1, 2 ...                              ... capacity - 1
      |cost 31|  cost 32  |    cost 33    | ... |   bound   | not numbered
                            of each cost, the names of the first symbol, then the second ...
"""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine import native
from namesmith_server.engine.constraints import Word
from namesmith_server.engine.core import EncodedNames, checkpoint, chunk_slices, name_places
from namesmith_server.engine.numbering.cost_table import CostTable
from namesmith_server.engine.numbering.step_costs import IMPOSSIBLE

Ranks = NDArray[np.int64]

CHUNK = 1 << 12
"""Number of names between two checkpoints: a few milliseconds."""

NO_RANK = -1
"""Rank of a name that is not numbered."""


class NumberedNames:
    """The numbered names of a chain under a constraint.

    Attributes:
        capacity: number of names that have a rank, >= 1.
        names: number of names whose log-probability the costs put at ``floor`` or above, at least
            ``capacity``.
        floor: natural log-probability that no numbered name is below, where names are drawn freely.
        unit: nats to which costs are rounded up, for each symbol.
        totals: number of names of at most each cost, int64 [bound + 1].
    """

    def __init__(self, table: CostTable, prefix: Word, capacity: int) -> None:
        """Set the table of counts, which holds at least ``capacity`` names, and their prefix."""
        self.capacity = capacity
        self.totals = table.totals
        self.names = int(self.totals[-1])
        self.unit = table.costs.unit
        self.floor = -self.unit * (table.costs.of_prefix(prefix) + table.bound)
        self._table = table
        self._prefix = tuple(prefix)

    @property
    def size(self) -> int:
        """Number of bytes that the names hold."""
        return self._table.size + self._table.costs.size + self._table.trellis.size

    def names_of(self, ranks: Ranks) -> EncodedNames:
        """Return the encoded names of ranks in [0, capacity), [B]."""
        costs = np.searchsorted(self.totals, ranks, side="right")
        within = ranks - np.append(0, self.totals)[costs]
        parts = []
        for part in chunk_slices(len(ranks), CHUNK):
            checkpoint()
            parts.append(self._names(costs[part], within[part]))
        return np.concatenate(parts)

    def _names(self, costs: Ranks, within: Ranks) -> EncodedNames:
        """Return the names of a cost, and a rank among the names of that cost, [B]."""
        if native.available:
            return self._table.compiled.unrank(self._prefix, costs, within)
        return _unrank(self._table, self._prefix, costs, within)

    def ranks_of(self, names: EncodedNames) -> Ranks:
        """Return the rank of each encoded name, or ``NO_RANK``, int64 [names]."""
        starts, lengths = name_places(names)
        longest = self._table.trellis.first + len(self._table.trellis.layers) - 1
        ranks = np.full(len(starts), NO_RANK)
        fitting = np.flatnonzero((lengths <= longest) & (lengths >= len(self._prefix)))
        for part in chunk_slices(len(fitting), CHUNK):
            checkpoint()
            chosen = fitting[part]
            places = starts[chosen, np.newaxis] + np.arange(longest + 1)
            rows = names[places.clip(max=len(names) - 1)]
            inside = np.arange(longest + 1) < lengths[chosen, np.newaxis]
            ranks[chosen] = self._ranks(np.where(inside, rows, END).astype(np.int64))
        return ranks

    def _ranks(self, rows: NDArray[np.int64]) -> Ranks:
        """Return the rank of each name, its symbols padded with the end symbol, [B, length + 1]."""
        begins = (rows[:, : len(self._prefix)] == self._prefix).all(1)
        rest = np.ascontiguousarray(rows[:, len(self._prefix) :])
        table = self._table
        costs, within = table.compiled.rank(rest) if native.available else _rank(table, rest)
        known = begins & (costs >= 0)
        ranks = np.append(0, self.totals)[np.where(known, costs, 0)] + within
        return np.where(known & (ranks < self.capacity), ranks, NO_RANK)


def _unrank(table: CostTable, prefix: Word, costs: Ranks, within: Ranks) -> EncodedNames:
    """Return the names of ranks among the names of their cost; ``native.unrank`` in numpy."""
    columns, layers = [np.full(len(costs), symbol) for symbol in prefix], table.trellis.layers
    left, ranks, states = costs.copy(), within.astype(np.uint64), np.zeros(len(costs), np.int64)
    going = np.arange(len(costs))
    for i, layer in enumerate(layers):
        sums = np.cumsum(table.behind(i, states[going], left[going]), axis=1, dtype=np.uint64)
        chosen = (sums <= ranks[going, np.newaxis]).sum(1)
        before = np.append(np.zeros((len(going), 1), np.uint64), sums, axis=1)
        ranks[going] -= before[np.arange(len(going)), chosen]
        contexts = layer.chain_states[states[going]]
        symbols = table.costs.order[contexts, chosen]
        left[going] -= table.costs.costs[contexts, symbols]
        states[going] = layer.after[layer.rows[states[going]], symbols]
        column = np.full(len(costs), END)
        column[going] = symbols
        columns.append(column)
        going = going[symbols != END]
    rows = np.column_stack(columns)
    lengths = (rows != END).sum(1)
    names: EncodedNames = rows[np.arange(rows.shape[1]) <= lengths[:, np.newaxis]]
    return names


def _rank(table: CostTable, rows: NDArray[np.int64]) -> tuple[Ranks, Ranks]:
    """Return the cost of each name, -1 where it is not counted, and the rank among its cost's.

    ``native.rank`` in numpy. The rows hold the symbols behind the prefix, [B, layers].
    """
    costs, lengths = np.zeros(len(rows), np.int64), (rows != END).sum(1)
    states, paths = np.zeros(len(rows), np.int64), []
    for i, layer in enumerate(table.trellis.layers):
        paths.append(states.copy())
        going = np.flatnonzero((costs >= 0) & (lengths >= i))
        here, symbols = states[going], rows[going, i]
        steps = table.costs.costs[layer.chain_states[here], symbols].astype(np.int64)
        after = layer.after[layer.rows[here], symbols]
        may_end = (layer.may_end[here] != 0) & (table.trellis.first + i >= table.min_length)
        taken = np.where(symbols == END, may_end, after >= 0) & (steps != IMPOSSIBLE)
        total = costs[going] + steps
        costs[going] = np.where(taken & (total <= table.bound), total, -1)
        states[going] = after
    costs[lengths >= len(paths)] = -1
    left, ranks = costs.copy(), np.zeros(len(rows), np.uint64)
    for i, layer in enumerate(table.trellis.layers):
        going = np.flatnonzero((costs >= 0) & (lengths >= i))
        contexts, symbols = layer.chain_states[paths[i][going]], rows[going, i]
        earlier = np.cumsum(table.costs.order[contexts] == symbols[:, np.newaxis], axis=1) == 0
        behind = table.behind(i, paths[i][going], left[going])
        ranks[going] += (behind * earlier).sum(1, dtype=np.uint64)
        left[going] -= table.costs.costs[contexts, symbols]
    return costs, ranks.astype(np.int64)
