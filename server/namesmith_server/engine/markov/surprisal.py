"""The distribution of the surprisal of a chain's names: minus the log of a name's probability.

Each step of a name has a cost, its surprisal in whole units, and the costs of a name add up. The
mass of a cell (state, cost) is the probability of all prefixes that end in the state at the cost:

      mass(s.x, c + cost(s, x))  +=  P(x | s) mass(s, c)          from cost to cost

Costs are at least 1, so that masses flow to higher costs alone, and each cell is done once, however
long names are. Cells are done in blocks of costs. An edge that costs no less than a block leads out
of it, so that all of the block's masses flow along it at once, as a vector; the rarer a symbol, the
larger the blocks. Edges within the smallest block are taken one cost after the other.

Compiled code and numpy compute the same bits.
"""

from typing import NamedTuple

import numpy as np

from namesmith.limits import MAX_TEXT_CHARACTERS
from namesmith_server.engine import native
from namesmith_server.engine.core import Floats, checkpoint, chunk_slices, reserve
from namesmith_server.engine.markov.backward import backward_message
from namesmith_server.engine.markov.chain import Chain
from namesmith_server.engine.markov.semirings import MAX_PLUS
from namesmith_server.engine.markov.statistics import longest_length
from namesmith_server.engine.markov.trellis import free_trellis
from namesmith_server.engine.markov.unit_steps import (
    Level,
    UnitSteps,
    unit_steps,
    units_in_a_nat,
    whole_costs,
)
from namesmith_server.engine.native.surprisal import CostBlock, Edges

LEAST_FLOW = 1e-12
"""Mass of a block's flow along an edge below which it ends there: some 1e-7 in all end too soon."""

NEGLIGIBLE = 1e-12
"""Probability of all longer names whose error is not bounded."""

MAX_NATS = 512
"""Surprisal, in nats, beyond which names are not told apart: some hundred characters."""

PRODUCTS = 1 << 21
"""Number of products that compiled code computes between two checkpoints: a few milliseconds."""

TIED = 4
"""Number of units of surprisal within which two names count as equally probable: the error of most
names that are probable by themselves, and so of most ties, is less."""


class SurprisalDistribution(NamedTuple):
    """The distribution of the surprisals of names.

    Attributes:
        unit: unit of the costs, nats.
        masses: probability of each cost in units, float64 [C], which sum to 1.
        error: largest difference of a name's cost and its surprisal, nats, but for names that are
            so long that all of them together have the probability ``NEGLIGIBLE``, or that are
            longer than a name that can be scored.
    """

    unit: float
    masses: Floats
    error: float

    @property
    def resolution(self) -> float:
        """Largest difference in surprisal of two names that may be confused, nats."""
        return self.error + (TIED + 0.5) * self.unit

    def upper_tail(self, surprisals: Floats) -> Floats:
        """Return the probability of a greater surprisal, ties by half, float64 [N] in [0, 1].

        It never rises with the surprisal: the mean of the probabilities of surprisals greater by
        ``TIED`` units, and less by no more. The mass of a cost is spread evenly over its unit.

        Args:
            surprisals: surprisals, nats, [N]; infinity is beyond all names.
        """
        beyond = np.append(np.cumsum(self.masses[::-1])[::-1], 0.0)
        edges = (np.arange(len(beyond)) - 0.5) * self.unit
        tied = TIED * self.unit
        above = np.interp(surprisals + tied, edges, beyond)
        from_below = np.interp(surprisals - tied, edges, beyond)
        tail: Floats = np.clip((above + from_below) / 2, 0, 1)
        return tail


def surprisal_distribution(chain: Chain, probabilities: Floats) -> SurprisalDistribution:
    """Compute the distribution of the surprisals of names of any length.

    Args:
        chain: chain of the states; a name's surprisal is minus the sum of its ``log_probs``.
        probabilities: probability of each next symbol in each state, float64 [S, V].
    """
    per_nat = units_in_a_nat(chain)
    masses = np.trim_zeros(_ended(chain, unit_steps(chain, probabilities, per_nat)), "b")
    longest = longest_length(chain, probabilities, NEGLIGIBLE, MAX_TEXT_CHARACTERS)
    error = _largest_error(chain, longest, per_nat)
    return SurprisalDistribution(1 / per_nat, masses / masses.sum(), error)


def _ended(chain: Chain, steps: UnitSteps) -> Floats:
    """Return the mass of names that end at each cost, [C]; what goes on at the end is the last."""
    smallest = steps.levels[0].size
    largest = steps.levels[-1].size
    width = -(-(steps.greatest + largest) // largest) * largest
    most = MAX_NATS * steps.per_nat
    reserve(4 * len(chain) * width + 8 * most)
    ring = np.zeros((len(chain), width), dtype=np.float32)
    ring[chain.start, 0] = 1
    ended = np.zeros(most + int(steps.ends.max()) + width)
    quiet = 0  # largest blocks without mass, one after the other
    for cost in range(0, most, smallest):
        _near(CostBlock(ring, cost % width, smallest), steps.near)
        done = cost + smallest
        for level in steps.levels:
            if done % level.size == 0:
                first = done - level.size
                _far(CostBlock(ring, first % width, level.size), level, ended[first:])
        if done % largest == 0:
            first = done - largest
            held = _out(CostBlock(ring, first % width, largest), steps, ended[first:])
            quiet = 0 if held else quiet + 1
            if quiet * largest >= width:
                break
    ended[most - 1] += float(ring.sum(dtype=np.float64))
    return ended[:most]


def _near(block: CostBlock, edges: Edges) -> None:
    checkpoint()
    if native.available:
        native.surprisal.flow_near(block, edges)
        return
    masses, width = block.masses, block.masses.shape[1]
    for place in range(block.at, block.at + block.size):
        flowing = masses[edges.sources, place] * edges.probabilities
        np.add.at(masses, (edges.targets, (place + edges.costs) % width), flowing)


def _far(block: CostBlock, level: Level, ended: Floats) -> None:
    """Let the masses of a block flow along a level's edges."""
    size = max(1, PRODUCTS * len(level.offsets) // max(len(level.edges.costs) * block.size, 1))
    for part in chunk_slices(len(level.offsets) - 1, size):
        checkpoint()
        if native.available:
            native.surprisal.flow_far(block, level.edges, level.offsets, LEAST_FLOW, ended, part)
        else:
            _flow_far(block, level, ended, part)


def _flow_far(block: CostBlock, level: Level, ended: Floats, part: slice) -> None:
    """Do in numpy what ``native.surprisal.flow_far`` does, to the bit."""
    edges = slice(level.offsets[part.start], level.offsets[part.stop])
    sources, targets = level.edges.sources[edges], level.edges.targets[edges]
    costs, probabilities = level.edges.costs[edges], level.edges.probabilities[edges]
    masses, width = block.masses, block.masses.shape[1]
    cells = masses[sources, block.at : block.at + block.size]
    held = cells.cumsum(1)[:, -1]  # a sum in order
    flowing = held * probabilities
    ends = (flowing < np.float32(LEAST_FLOW)) & (held > 0)
    np.add.at(ended, costs[ends] + block.size - 1, flowing[ends])
    goes = ~ends & (held > 0)
    places = (block.at + costs[goes, None] + np.arange(block.size)) % width
    np.add.at(masses, (targets[goes, None], places), cells[goes] * probabilities[goes, None])


def _out(block: CostBlock, steps: UnitSteps, ended: Floats) -> float:
    """End the masses of a block, and clear it; return the mass that it held."""
    checkpoint()
    states = slice(0, len(steps.ends))
    if native.available:
        given = steps.ends, steps.end_probabilities, ended, states
        return native.surprisal.flow_out(block, *given)
    cells = block.masses[:, block.at : block.at + block.size]
    places = steps.ends[:, None] + np.arange(block.size)
    np.add.at(ended, places, steps.end_probabilities[:, None] * cells)
    held = float(cells.sum())
    cells[:] = 0
    return held


def _largest_error(chain: Chain, longest: int, per_nat: int) -> float:
    """Return the largest difference of the cost and the surprisal of a name, nats.

    Args:
        chain: the chain.
        longest: number of characters of the longest names.
        per_nat: number of units in a nat.
    """
    reserve(3 * 8 * chain.log_probs.size)
    surprisals = -chain.log_probs.astype(np.float64)
    errors = whole_costs(chain.log_probs, per_nat) / per_nat - surprisals
    trellis, start = free_trellis(chain, longest), (0, chain.start)
    possible = np.isfinite(surprisals)
    return max(
        backward_message(trellis, np.where(possible, one, -np.inf), MAX_PLUS, 0, start)
        for one in (errors, -errors)
    )
