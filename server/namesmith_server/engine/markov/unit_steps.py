"""The steps of a chain in whole units of surprisal, sorted by their costs."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.core import Floats, checkpoint, chunk_slices, reserve
from namesmith_server.engine.markov.chain import Chain
from namesmith_server.engine.native.surprisal import Edges

FINEST = 1 << 10
"""Largest number of units in a nat."""

COARSEST = 1 << 2
"""Least number of units in a nat."""

MAX_PRODUCTS = 1 << 25
"""Number of products for each nat above which a coarser unit is taken: about a second in all."""

MAX_CELLS = 3 << 19
"""Number of cells for each nat above which a coarser unit is taken: 170 MiB in all."""

SMALLEST_BLOCK = 2
"""Number of blocks of the smallest size in a nat."""

LEVELS = (1, 2, 8)
"""Sizes of the blocks, in units of the smallest: half a nat, a nat and 4 nats."""

LEAST_PROBABILITY = 1e-12
"""Probability of a symbol below which it is taken for impossible."""

CHUNK = 1 << 12
"""Number of states whose edges are found between two checkpoints: a few milliseconds."""


class Level(NamedTuple):
    """The edges along which blocks of one size flow, and each state's first edge, [S + 1]."""

    size: int
    edges: Edges
    offsets: NDArray[np.int64]


class UnitSteps(NamedTuple):
    """A chain's steps in whole units.

    Attributes:
        per_nat: number of units in a nat.
        near: edges that may lead to the same smallest block.
        levels: edges that lead out of blocks, by the largest size of such blocks.
        ends: cost of the end symbol in each state, [S].
        end_probabilities: probability of the end symbol in each state, [S].
        greatest: greatest cost of an edge.
    """

    per_nat: int
    near: Edges
    levels: Sequence[Level]
    ends: NDArray[np.int32]
    end_probabilities: Floats
    greatest: int


def units_in_a_nat(chain: Chain) -> int:
    """Return the number of units in a nat, a power of two: the smaller the chain, the more."""
    states, size = chain.log_probs.shape
    most = min(MAX_PRODUCTS // (states * size), MAX_CELLS // states)
    power: int = 1 << max(most.bit_length() - 1, 0)
    return min(max(power, COARSEST), FINEST)


def unit_steps(chain: Chain, probabilities: Floats, per_nat: int) -> UnitSteps:
    """Return the steps of a chain in whole units."""
    smallest = per_nat // SMALLEST_BLOCK
    sizes = [smallest * level for level in LEVELS]
    bounds = [1, *sizes, np.iinfo(np.int32).max]
    states, size = probabilities.shape
    reserve(16 * states * size)  # edges, and once more as they are put together
    parts = [
        _edges(chain, probabilities, per_nat, rows, bounds) for rows in chunk_slices(states, CHUNK)
    ]
    near, *far = (
        Edges(*(np.concatenate(arrays) for arrays in zip(*edges, strict=True)))
        for edges in zip(*parts, strict=True)
    )
    ends = whole_costs(chain.log_probs[:, END], per_nat)
    possible = probabilities[:, END] >= LEAST_PROBABILITY
    return UnitSteps(
        per_nat,
        near,
        [Level(one, edges, _offsets(edges, states)) for one, edges in zip(sizes, far, strict=True)],
        np.where(possible, ends, 0).astype(np.int32),
        np.where(possible, probabilities[:, END], 0.0),
        max((int(edges.costs.max()) for edges in (near, *far) if len(edges.costs)), default=1),
    )


def whole_costs(log_probs: NDArray[np.float32], per_nat: int) -> NDArray[np.int32]:
    """Return surprisals in whole units, at least 1; of impossible symbols any number."""
    units = np.minimum(-log_probs.astype(np.float64) * per_nat, np.iinfo(np.int32).max // 2)
    return np.maximum(np.rint(units), 1).astype(np.int32)


def _edges(
    chain: Chain, probabilities: Floats, per_nat: int, rows: slice, bounds: Sequence[int]
) -> list[Edges]:
    """Return the edges of some states, apart for costs in [bounds[0], bounds[1]) and so on."""
    checkpoint()
    characters = slice(END + 1, None)
    costs = whole_costs(chain.log_probs[rows, characters], per_nat)
    chances = probabilities[rows, characters]
    found = []
    for low, high in pairwise(bounds):
        taken = (costs >= low) & (costs < high) & (chances >= LEAST_PROBABILITY)
        states, symbols = np.nonzero(taken)
        targets = chain.successors[chain.rows[rows][states], symbols + END + 1]
        sources = (states + rows.start).astype(np.int32)
        found.append(Edges(sources, targets, costs[taken], chances[taken].astype(np.float32)))
    return found


def _offsets(edges: Edges, states: int) -> NDArray[np.int64]:
    return np.searchsorted(edges.sources, np.arange(states + 1)).astype(np.int64)
