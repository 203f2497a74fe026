r"""How many names end well from each state of a trellis at each cost: the table behind all ranks.

      count(n, s, c)  =  [may end at cost c]  +  sum over symbols x of  count(n + 1, s.x, c - cost(s, x))

A state has a window of costs alone: from the least at which a name ends well behind it, to what is
left of the bound once the cheapest way to the state is paid. Outside of the windows lies no name
within the bound, and most of the table.

      cost   0    least                    bound - cheapest way here        bound
             |......[#########################]...............................|

Counts are exact up to ``MOST``, at which they stay. Compiled code and numpy compute the same.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine import native
from namesmith_server.engine.core import Floats, checkpoint, chunk_slices
from namesmith_server.engine.markov import MAX_PLUS, Layer, Trellis, backward_messages
from namesmith_server.engine.numbering.step_costs import IMPOSSIBLE, StepCosts

Numbers = NDArray[np.int64]
Units = NDArray[np.int32]

MOST = 1 << 62
"""Count at which counts stay."""

NEVER = (1 << 31) - 1
"""Least cost of a state behind which no name ends within the bound."""

CHUNK = 1 << 11
"""Number of states whose counts compiled code computes between two checkpoints."""

ENTRIES = 1 << 14
"""Number of counts that numpy computes between two checkpoints."""


class CountedLayer(NamedTuple):
    """The counts of the states of one layer.

    Attributes:
        least: least cost of a name's rest behind each state, or ``NEVER``, and ``NEVER`` for
            ``DEAD``, int32 [N + 1].
        places: index in ``counts`` of the count of each state's least cost, int64 [N + 1].
        counts: number of names' rests by state and cost, uint64 [entries].
    """

    least: Units
    places: Numbers
    counts: NDArray[np.uint64]


class CostTable:
    """The counts of all layers, up to a bound on the cost of a name.

    Attributes:
        trellis: trellis of the states, with at least one layer; names start in state 0.
        costs: costs of the steps.
        min_length: fewest characters of a name.
        bound: largest cost of a name that is counted, its prefix left out.
        layers: counts of each layer, and of one behind the last without a name.
    """

    def __init__(self, windows: "CostWindows", bound: int) -> None:
        """Count the names whose cost is at most the bound."""
        self.trellis, self.costs = windows.trellis, windows.costs
        self.min_length = windows.min_length
        self.bound = bound
        self.layers = windows.open(bound)
        self.compiled = native.RankTable(
            layers=self.trellis.layers,
            counts=self.layers,
            costs=self.costs.costs,
            order=self.costs.order,
            first=self.trellis.first,
            min_length=self.min_length,
            bound=bound,
        )
        for i in range(len(self.trellis.layers) - 1, -1, -1):
            if native.available:
                for part in chunk_slices(len(self.layers[i].least) - 1, CHUNK):
                    checkpoint()
                    self.compiled.count(i, part)
            else:
                self._count(i)

    @property
    def size(self) -> int:
        """Number of bytes that the counts hold."""
        return sum(array.nbytes for layer in self.layers for array in layer)

    @property
    def totals(self) -> Numbers:
        """Number of names of at most each cost, int64 [bound + 1], at most ``MOST``."""
        first = self.layers[0]
        totals = np.zeros(self.bound + 1)
        exact = np.zeros(self.bound + 1, dtype=np.int64)
        if first.least[0] != NEVER:
            totals[first.least[0] :] = first.counts
            exact[first.least[0] :] = first.counts
        return np.where(np.cumsum(totals) < MOST, np.cumsum(exact), MOST)

    def behind(
        self, i: int, states: NDArray[np.integer], left: NDArray[np.integer]
    ) -> NDArray[np.uint64]:
        """Return the number of names' rests behind each symbol, in the order of costs, [B, V].

        Args:
            i: index of the layer.
            states: states of the layer, [B].
            left: cost of the rest of the name from each state on, [B].
        """
        layer, following = self.trellis.layers[i], self.layers[i + 1]
        contexts = layer.chain_states[states]
        symbols = self.costs.order[contexts]
        costs = self.costs.costs[contexts[:, np.newaxis], symbols].astype(np.int64)
        after = layer.after[layer.rows[states][:, np.newaxis], symbols]
        rest = np.where(costs == IMPOSSIBLE, -1, left[:, np.newaxis] - costs)
        least = following.least[after]
        within = rest >= least
        places = np.where(within, following.places[after] + rest - least, 0)
        counts: NDArray[np.uint64] = following.counts[places] * within
        may_end = (layer.may_end[states] != 0) & (self.trellis.first + i >= self.min_length)
        return np.where(symbols == END, (rest == 0) & may_end[:, np.newaxis], counts)

    def _count(self, i: int) -> None:
        """Compute the counts of a layer in numpy."""
        least, places, counts = self.layers[i]
        for part in chunk_slices(len(counts), ENTRIES):
            checkpoint()
            entries = np.arange(part.start, part.stop)
            states = np.searchsorted(places, entries, side="right") - 1
            behind = self.behind(i, states, entries - places[states] + least[states])
            exact = behind.sum(1, dtype=np.uint64)
            fits = behind.astype(np.float64).sum(1) < 2 * MOST
            counts[part] = np.where(fits, np.minimum(exact, MOST), MOST)


class CostWindows:
    """The windows of costs of all states, for any bound.

    Attributes:
        trellis: trellis of the states.
        costs: costs of the steps.
        min_length: fewest characters of a name.
    """

    def __init__(self, trellis: Trellis, costs: StepCosts, min_length: int) -> None:
        """Find the least cost of a name's rest behind each state."""
        self.trellis = trellis
        self.costs = costs
        self.min_length = min_length
        self._rests = backward_messages(trellis, costs.negative(), MAX_PLUS, min_length)

    @property
    def least(self) -> int:
        """Cost of the cheapest name, its prefix left out; of names that exist."""
        return int(-self._rests[0][0])

    def entries(self, bound: int) -> int:
        """Return the number of counts of the table of a bound."""
        return sum(int(sizes.sum()) for _, sizes in self._windows(bound))

    def open(self, bound: int) -> list[CountedLayer]:
        """Return the layers of the table of a bound, all counts 0."""
        layers = []
        for least, sizes in self._windows(bound):
            places = np.append(0, np.cumsum(sizes))
            layers.append(CountedLayer(least, places, np.zeros(max(places[-1], 1), np.uint64)))
        least = np.full(self.trellis.next_width + 1, NEVER, dtype=np.int32)
        places = np.zeros(len(least), dtype=np.int64)
        return [*layers, CountedLayer(least, places, np.zeros(1, np.uint64))]

    def _windows(self, bound: int) -> list[tuple[Units, Numbers]]:
        """Return the least cost [N + 1] and the number of costs [N] of each layer's states."""
        ways, found = np.zeros(1), []
        for i, layer in enumerate(self.trellis.layers):
            checkpoint()
            rests = -self._rests[i]
            sizes = np.maximum(bound - ways - rests[:-1] + 1, 0)
            is_live = np.append(sizes > 0, False)
            least = np.where(is_live, rests, NEVER).astype(np.int32)
            found.append((least, sizes.astype(np.int64)))
            width = len(self._rests[i + 1]) - 1
            ways = self._next_ways(layer, ways, np.flatnonzero(is_live), width)
        return found

    def _next_ways(
        self, layer: Layer, ways: Floats, live: Numbers, width: int
    ) -> Floats:
        """Return the cost of the cheapest way to each state of the next layer, [width]."""
        following = np.full(width + 1, np.inf)
        for part in chunk_slices(len(live), ENTRIES):
            checkpoint()
            states = live[part]
            costs = self.costs.costs[layer.chain_states[states]].astype(np.float64)
            costs[costs == IMPOSSIBLE] = np.inf
            after = layer.after[layer.rows[states]]
            np.minimum.at(following, after, ways[states][:, np.newaxis] + costs)
        return following[:-1]
