r"""The window of costs of each state of a trellis: the costs at which its rests are counted.

A window reaches from the least cost at which a name ends well behind the state, to what is left of
the bound once the cheapest way to the state is paid. Outside of the windows lies no name within the
bound.

      cost   0    least                    bound - cheapest way here        bound
             |......[#########################]...............................|
"""

import numpy as np

from namesmith_server.engine import native
from namesmith_server.engine.core import Floats, Int32s, Int64s, checkpoint, chunk_slices
from namesmith_server.engine.markov import MAX_PLUS, Layer, Trellis, backward_messages
from namesmith_server.engine.numbering.step_costs import IMPOSSIBLE, StepCosts

Units = Int32s

NEVER = (1 << 31) - 1
"""Least cost of a state behind which no name ends within the bound."""

NO_WAY = -1
"""Cost of the cheapest way to a state that no way leads to within the bound."""

CHUNK = 1 << 14
"""Number of states whose steps are tried between two checkpoints."""


class CostWindows:
    """The windows of all states, for a bound on the cost of a name.

    Attributes:
        trellis: trellis of the states, with at least one layer; names start in state 0.
        costs: costs of the steps.
        min_length: fewest characters of a name.
        bound: largest cost of a name, its prefix left out.
        layers: least cost of each state of a layer, or ``NEVER``, int32 [N], and number of its
            costs, int64 [N]; for each layer.
    """

    def __init__(
        self, trellis: Trellis, costs: StepCosts, min_length: int, rests: list[Floats], bound: int
    ) -> None:
        """Find the windows; ``rests`` are the ``least_rests`` of the costs."""
        self.trellis, self.costs = trellis, costs
        self.min_length, self.bound = min_length, bound
        self.layers: list[tuple[Units, Int64s]] = []
        ways = np.zeros(1, dtype=np.int32)
        for layer, after, behind in zip(trellis.layers, rests, rests[1:], strict=False):
            checkpoint()
            sizes = np.where(ways == NO_WAY, 0, np.maximum(bound - ways - after[:-1] + 1, 0))
            least = np.where(sizes > 0, after[:-1], NEVER)
            self.layers.append((least.astype(np.int32), sizes.astype(np.int64)))
            ways = self._next_ways(layer, np.where(sizes > 0, ways, NO_WAY), len(behind) - 1)

    @property
    def entries(self) -> int:
        """Number of costs of all windows together."""
        return sum(int(sizes.sum()) for _, sizes in self.layers)

    def _next_ways(self, layer: Layer, ways: Units, width: int) -> Units:
        """Return the cost of the cheapest way to each state of the next layer, [width]."""
        ways = ways.astype(np.int32)
        following = np.full(width, NO_WAY, dtype=np.int32)
        for part in chunk_slices(len(ways), CHUNK):
            checkpoint()
            if native.available:
                native.lower_ways(layer, self.costs.costs, ways, following, part)
            else:
                self._lower_ways(layer, ways, following, part)
        return following

    def _lower_ways(self, layer: Layer, ways: Units, following: Units, part: slice) -> None:
        """Lower the cost of the ways to the next layer: ``native.lower_ways`` in numpy."""
        steps = self.costs.costs[layer.chain_states[part]].astype(np.int32)
        after = layer.after[layer.rows[part]]
        states, symbols = np.nonzero(
            (after >= 0) & (steps != IMPOSSIBLE) & (ways[part] != NO_WAY)[:, np.newaxis]
        )
        following[following == NO_WAY] = NEVER
        found = ways[part][states] + steps[states, symbols]
        np.minimum.at(following, after[states, symbols], found)
        following[following == NEVER] = NO_WAY


def least_rests(trellis: Trellis, costs: StepCosts, min_length: int) -> list[Floats]:
    """Return the least cost of a name's rest behind each state, or infinity.

    Returns:
        one array float64 [N + 1] for each layer, and one behind the last.
    """
    messages = backward_messages(trellis, costs.negative(), MAX_PLUS, min_length)
    return [-message for message in messages]
