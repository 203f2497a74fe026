"""The first names of a ranking that are not near a list of names.

Ranked names are tried in their order, ever more of them, until enough are not near: the order of
the names that are left is that of all names, so that the answer is exact.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import MAX_COUNTED_NAMES
from namesmith_server.engine.constraints import Neighbourhood
from namesmith_server.engine.core import Floats, checkpoint, packed_rows
from namesmith_server.engine.errors import TooComplexError
from namesmith_server.engine.markov.beam_search import BeamSearchResult, best_names, widest_beam
from namesmith_server.engine.markov.conditioned_chain import ConditionedChain
from namesmith_server.engine.markov.ranking import ProbabilityRanking, Ranking

FIRST = 1 << 12
"""Number of names that are tried first."""

GROWTH = 8
"""Ratio of the numbers of names that are tried."""

FEW = 10_000
"""Largest number of names that are listed in place of an estimate, or of draws."""

MOST = MAX_COUNTED_NAMES
"""Largest number of names that are tried: a second or two."""


class DistantNames(NamedTuple):
    """The names that were found, in the order of the ranking.

    Attributes:
        names: symbols of each name, padded with end symbols, [N, max_length + 1].
        log_probs: natural log of the probability that a name drawn freely under the sampling is
            this name, float64 [N].
        behind_prefix: the same given the chain's prefix, however improbable, float64 [N].
        tried: number of names that were tried.
        are_all: whether every name was tried that the chain admits.
    """

    names: NDArray[np.integer]
    log_probs: Floats
    behind_prefix: Floats
    tried: int
    are_all: bool

    @property
    def weights(self) -> Floats:
        """The probabilities of the names, given the prefix, in units of the largest one."""
        largest = self.behind_prefix.max()
        return np.asarray(np.exp(self.behind_prefix - largest))


def best_distant_names(
    ranking: Ranking, near: Neighbourhood, wanted: int, seed: int = 0
) -> DistantNames:
    """Find the ``wanted`` first names that are not near, or those among the ones that are tried."""
    first, *wider = _widths(max(FIRST, wanted), widest_beam(ranking))
    tried = _tried(best_names(ranking, first, seed), first, near, wanted)
    for width in wider:
        if len(tried.names) == wanted or tried.are_all:
            break
        try:
            found = best_names(ranking, width, seed)
        except TooComplexError:  # of a large alphabet: fewer names than ``MOST`` are tried
            break
        tried = _tried(found, width, near, wanted)
    return tried


def listed_distant_names(chain: ConditionedChain, near: Neighbourhood) -> DistantNames | None:
    """List all names that are not near, where the chain admits ``FEW`` names behind its prefix.

    None: it admits more, or the search for them takes too long.
    """
    if chain.count > FEW:
        return None
    listed = best_distant_names(ProbabilityRanking(chain), near, FEW + 1)
    return listed if listed.are_all else None


def _widths(first: int, safe: int) -> Iterator[int]:
    """Yield ever larger numbers of names to try, the first one within the bound on steps.

    Args:
        first: the number to begin with.
        safe: number of names that are always found within the bound.
    """
    width = min(first, safe, MOST)
    yield width
    while width < MOST:
        width = min(GROWTH * width, MOST)
        yield width


def _tried(found: BeamSearchResult, width: int, near: Neighbourhood, wanted: int) -> DistantNames:
    """Return the ``wanted`` first names that are not near, of the ones that a search found."""
    checkpoint()
    far = np.flatnonzero(~near.holds(packed_rows(found.names)))[:wanted]
    log_probs, behind_prefix = found.log_probs[far], found.behind_prefix[far]
    names, tried = found.names[far], len(found.names)
    return DistantNames(names, log_probs, behind_prefix, tried, are_all=tried < width)
