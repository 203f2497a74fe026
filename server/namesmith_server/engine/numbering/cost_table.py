r"""Number of names that end well from each state of a trellis, by cost: the table behind all ranks.

      count(n, s, c)  =  [may end at cost c]
                         +  sum over symbols x of  count(n + 1, s.x, c - cost(s, x))

A state has a window of costs alone (``cost_windows``), which leaves most of the table out.
Counts are exact up to ``MOST``, at which they stay. Compiled code and numpy compute the same.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine import native
from namesmith_server.engine.core import Int64s, checkpoint, chunk_slices
from namesmith_server.engine.numbering.cost_windows import NEVER, CostWindows, Units
from namesmith_server.engine.numbering.step_costs import IMPOSSIBLE

MOST = 1 << 62
"""Count at which counts stay."""

CHUNK = 1 << 11
"""Number of states whose counts compiled code computes between two checkpoints."""

ENTRIES = 1 << 14
"""Number of counts that numpy computes between two checkpoints."""


class CountedLayer(NamedTuple):
    """The counts of the states of one layer.

    Attributes:
        windows: costs of each state that have counts, ``native.layouts.WINDOW`` [N + 1]: the least,
            or ``NEVER``, and the index in ``counts`` of cost 0, were it there; ``NEVER`` for
            ``DEAD``.
        sizes: number of costs of each state, int64 [N].
        counts: number of names' rests by state and cost, uint64 [entries].
    """

    windows: NDArray[np.void]
    sizes: Int64s
    counts: NDArray[np.uint64]


class CostTable:
    """The counts of all layers, up to a bound on the cost of a name.

    Attributes:
        trellis: trellis of the states, with at least one layer; names start in state 0.
        costs: costs of the steps.
        min_length: fewest characters of a name.
        bound: largest cost of a name that is counted, its prefix left out.
        layers: counts of each layer, and of one behind the last without a name.
        compiled: the table for compiled code.
    """

    def __init__(self, windows: CostWindows) -> None:
        """Count the names that the windows leave room for."""
        self.trellis, self.costs = windows.trellis, windows.costs
        self.min_length, self.bound = windows.min_length, windows.bound
        self.layers = [_opened(*window) for window in windows.layers]
        self.layers.append(_opened(np.full(self.trellis.next_width, NEVER), np.zeros(0, np.int64)))
        self.compiled = native.RankTable(
            layers=self.trellis.layers,
            counts=self.layers,
            costs=self.costs.costs,
            order=self.costs.order,
            first=self.trellis.first,
            min_length=self.min_length,
            bound=self.bound,
        )
        for i in range(len(self.trellis.layers) - 1, -1, -1):
            if native.available:
                for part in chunk_slices(len(self.layers[i].sizes), CHUNK):
                    checkpoint()
                    self.compiled.count(i, part)
            else:
                self._count(i)

    @property
    def size(self) -> int:
        """Number of bytes that the counts hold."""
        return sum(array.nbytes for layer in self.layers for array in layer)

    @property
    def totals(self) -> Int64s:
        """Number of names of at most each cost, int64 [bound + 1], at most ``MOST``."""
        first = self.layers[0]
        counts = np.zeros(self.bound + 1, dtype=np.uint64)
        if first.sizes[0]:
            counts[first.windows["least"][0] :] = first.counts
        fits = np.cumsum(counts, dtype=np.float64) < MOST
        return np.where(fits, np.cumsum(counts.astype(np.int64)), MOST)

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
        rest = np.where(costs == IMPOSSIBLE, -1, left[:, np.newaxis] - costs)
        windows = following.windows[layer.after[layer.rows[states][:, np.newaxis], symbols]]
        within = rest >= windows["least"]
        counts: NDArray[np.uint64] = (
            following.counts[np.where(within, windows["origin"] + rest, 0)] * within
        )
        may_end = (layer.may_end[states] != 0) & (self.trellis.first + i >= self.min_length)
        return np.where(symbols == END, (rest == 0) & may_end[:, np.newaxis], counts)

    def _count(self, i: int) -> None:
        """Compute the counts of a layer in numpy."""
        windows, sizes, counts = self.layers[i]
        states = np.repeat(np.arange(len(sizes)), sizes)
        for part in chunk_slices(len(states), ENTRIES):
            checkpoint()
            costs = np.arange(part.start, part.stop) - windows["origin"][states[part]]
            behind = self.behind(i, states[part], costs)
            exact = behind.sum(1, dtype=np.uint64)
            fits = behind.sum(1, dtype=np.float64) < 2 * MOST
            counts[part] = np.where(fits, np.minimum(exact, MOST), MOST)


def _opened(least: Units, sizes: Int64s) -> CountedLayer:
    """Return a layer of windows of a least cost [N] and a number of costs [N], all counts 0."""
    windows = np.empty(len(least) + 1, dtype=native.layouts.WINDOW)
    windows["least"], windows["origin"] = np.append(least, NEVER), 0
    windows["origin"][: len(sizes)] = np.cumsum(sizes) - sizes - least[: len(sizes)]
    windows["origin"][windows["least"] == NEVER] = 0
    return CountedLayer(windows, sizes, np.zeros(max(int(sizes.sum()), 1), dtype=np.uint64))
