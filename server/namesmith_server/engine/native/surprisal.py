"""The compiled steps of the distribution of surprisals; ``available`` of the package tells of them.

The arrays are those of ``markov.surprisal``, which explains them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import Floats
from namesmith_server.engine.native.compiled import _surprisal
from namesmith_server.engine.native.layouts import address


class CostBlock(NamedTuple):
    """Some costs that follow each other, in a ring of masses by state and cost.

    Attributes:
        masses: mass of each state by its cost modulo W, float32 [S, W].
        at: place of the first cost in the ring, a multiple of ``size``.
        size: number of costs.
    """

    masses: NDArray[np.float32]
    at: int
    size: int

    @property
    def arguments(self) -> tuple[int, int, int, int]:
        """The block as C takes it."""
        return address(self.masses, np.float32), self.masses.shape[1], self.at, self.size


class Edges(NamedTuple):
    """Edges between states, in the order of their sources.

    Attributes:
        sources: state before each edge, int32 [E].
        targets: state behind each edge, int32 [E].
        costs: cost of each edge, >= 1, int32 [E].
        probabilities: probability of each edge in its source, float32 [E].
    """

    sources: NDArray[np.int32]
    targets: NDArray[np.int32]
    costs: NDArray[np.int32]
    probabilities: NDArray[np.float32]

    @property
    def addresses(self) -> tuple[int, int, int]:
        """The targets, costs and probabilities as C takes them."""
        integers = address(self.targets, np.int32), address(self.costs, np.int32)
        return *integers, address(self.probabilities, np.float32)


def flow_near(block: CostBlock, edges: Edges) -> None:
    """Add the masses of a block to the masses behind edges, one cost after the other."""
    sources = address(edges.sources, np.int32)
    _surprisal.flow_near(*block.arguments, sources, *edges.addresses, len(edges.sources))


def flow_far(  # noqa: PLR0913, PLR0917 - the arguments of the C function
    block: CostBlock,
    edges: Edges,
    offsets: NDArray[np.int64],
    least: float,
    ends: Floats,
    part: slice,
) -> None:
    """Add the masses of a block to the masses behind edges that lead out of the block.

    Args:
        block: the block.
        edges: edges whose costs are at least the size of the block.
        offsets: place of each state's first edge, and the number of edges, [S + 1].
        least: mass below which a flow ends at once.
        ends: mass that ends at each cost, from the block's first cost on.
        part: states from which masses flow.
    """
    where = address(offsets, np.int64), *edges.addresses
    _surprisal.flow_far(
        *block.arguments, *where, least, address(ends, np.float64), part.start, part.stop
    )


def flow_out(
    block: CostBlock, costs: NDArray[np.int32], probabilities: Floats, ends: Floats, part: slice
) -> float:
    """Add the masses of a block that end, clear the block, and return the mass that it held.

    Args:
        block: the block.
        costs: cost of the end symbol in each state, [S].
        probabilities: probability of the end symbol in each state, [S].
        ends: mass that ends at each cost, from the block's first cost on.
        part: states whose masses end.
    """
    given = address(costs, np.int32), address(probabilities, np.float64), address(ends, np.float64)
    held: float = _surprisal.flow_out(*block.arguments, *given, part.start, part.stop)
    return held
