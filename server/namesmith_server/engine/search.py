"""Beam search over a product that is exact: the best names, and names without replacement.

Prefixes of names grow by a symbol at a time; the ``width`` best are kept. Of what is dropped no
name can be among the ``width`` best: there are as many, or better, behind what is kept, each prefix
being ranked by the best name behind it.

With the log-probability of the best name behind as the key, these are the most probable names. With
the largest of perturbed log-probabilities (log-probability plus a Gumbel variable, independent
for each name), they are names drawn without replacement, in the order drawn: Kool, van Hoof and
Welling 2019, "Stochastic beams and where to find them", arXiv 1903.06059.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.arrays import Floats, Ids, parts
from namesmith_server.engine.beam import Beam, Candidates, joined
from namesmith_server.engine.errors import TooComplexError
from namesmith_server.engine.product import Product
from namesmith_server.engine.random import draws, row_keys
from namesmith_server.engine.ranking import MostProbable, Ranking, less
from namesmith_server.engine.turns import breathe

CHUNK = 1 << 11
"""Prefixes that grow together: a few milliseconds."""

HELD = 4
"""So many times the beam's width of candidates are held before the best are picked."""

STEPS = 1 << 28
"""Next symbols of prefixes that one search may look at: some seconds."""


class Found(NamedTuple):
    """Names in order.

    Attributes:
        names: their symbols, padded with end symbols, [N, longest + 1].
        log_probs: natural log, drawn freely under the sampling, float64 [N].
    """

    names: NDArray[np.integer]
    log_probs: Floats


def search(ranking: Ranking, width: int, seed: int = 0) -> Found:
    """The ``width`` names of the largest keys, the largest first; all, where there are fewer.

    Raises:
        TooComplexError: it would take more than ``STEPS`` steps.
    """
    (beam,) = deque(_beams(ranking, width, seed), maxlen=1)  # those before are let go
    beam = beam.part(np.argsort(-beam.keys, kind="stable"))
    return Found(beam.symbols, beam.log_probs + ranking.product.along_prefix(ranking.table))


def count_above(product: Product, floor: float, most: int) -> int:
    """The names of at least that log-probability, drawn freely; ``most`` + 1, where there are more.

    Every prefix in the beam stands for a name behind it, so that the search ends as soon as there
    are too many. Raises as ``search``.
    """
    prefix = product.along_prefix(product.table.scores)
    ranking = MostProbable(product, floor - prefix)
    for beam in _beams(ranking, most + 1):
        if (less(beam.keys + prefix) >= floor).sum() > most:
            return most + 1
    return int((beam.log_probs + prefix >= floor).sum())


def _beams(ranking: Ranking, width: int, seed: int = 0) -> Iterator[Beam]:
    """The beam after each position."""
    product = ranking.product
    beam = _start(ranking, seed)
    yield beam
    steps = 0
    for position in range(product.first, product.longest + 1):
        if not beam.going.any():
            break
        steps += int(beam.going.sum()) * ranking.table.shape[1]
        if steps > STEPS:
            raise TooComplexError(
                f"takes more than {STEPS} steps to search; ask for fewer names, or shorter ones"
            )
        beam = _grown(ranking, beam, position, width)
        yield beam


def _start(ranking: Ranking, seed: int) -> Beam:
    product, size = ranking.product, ranking.table.shape[1]
    symbols = np.zeros((1, product.longest + 1), dtype=np.min_scalar_type(size - 1))
    symbols[0, : product.first] = product.prefix
    return Beam(
        symbols,
        states=np.zeros(1, dtype=np.int32),
        going=np.ones(1, dtype=bool),
        log_probs=np.zeros(1),
        keys=np.full(1, ranking.start),
        noise=row_keys(seed, 0, 1),
    )


def _grown(ranking: Ranking, beam: Beam, position: int, width: int) -> Beam:
    """Every prefix with every symbol behind it, the best of all, in the order of their symbols."""
    best = _followed(ranking, beam, position, width)
    breathe()
    grown = beam.part(best.parents)
    grown.keys = best.keys
    grown.log_probs += best.steps
    went = np.flatnonzero(grown.going)
    symbols = best.symbols[went]
    grown.symbols[went, position] = symbols
    grown.noise[went] = draws(grown.noise[went], _counters(symbols))
    grown.states[went] = ranking.product.advance(position, grown.states[went], symbols)
    grown.going[went] = symbols != END
    return grown


def _followed(ranking: Ranking, beam: Beam, position: int, width: int) -> Candidates:
    """The best, in the order of their symbols; of equal ones the first."""
    # The best symbol behind a prefix has its key: what is below all of a full beam is too little.
    least = less(float(beam.keys.min())) if len(beam.keys) == width else -np.inf
    found: list[Candidates] = []
    for part in parts(len(beam.keys), CHUNK):
        breathe()
        found.append(_candidates(ranking, beam, position, part, least))
        if sum(len(some.keys) for some in found) > HELD * width:
            found = [joined(found).best(width)]
    return joined(found).best(width)


def _candidates(
    ranking: Ranking, beam: Beam, position: int, part: slice, least: float
) -> Candidates:
    """Those behind a part of the beam of at least that key, in the order of their symbols."""
    places = np.arange(part.start, part.stop)
    ended, going = places[~beam.going[part]], places[beam.going[part]]
    some = beam.part(going)
    steps = ranking.product.log_probs(ranking.table, position, some.states)
    behind = ranking.product.future(ranking.values, position, some.states, 0)
    behind += steps
    behind += some.log_probs[:, None]
    keys = ranking.keys(some, behind)
    rows, symbols = np.nonzero((keys >= least) & (keys > -np.inf))
    grown = Candidates(going[rows], symbols, keys[rows, symbols], steps[rows, symbols])
    done = Candidates(ended, 0 * ended, beam.keys[ended], 0.0 * ended)
    both = joined([done, grown])
    return both.part(np.argsort(both.parents, kind="stable"))


def _counters(symbols: Ids) -> NDArray[np.uint64]:
    """Of the draws that are the keys of the next generators: behind those of the symbols."""
    return symbols.astype(np.uint64) + np.uint64(1 << 32)
