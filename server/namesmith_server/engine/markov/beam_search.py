r"""Beam search that is exact: the most probable names, and names drawn without replacement.

Prefixes of names grow by a symbol at a time; the ``width`` best are kept. No name behind a dropped
prefix can be among the ``width`` best: each prefix is ranked by the best name behind it, so that
behind the kept ones stand as many names that are as good.

      position 0      1            2
      "" ----- a ---- an  (kept)   ann. ana ...      key of a prefix = key of the best name
           \\-- m ---- ma  (kept)   mar. mia ...      behind it, from the backward messages
            \\- x      xa  (dropped: its best name is worse than ``width`` others')

With the log-probability of the best name behind as the key, these are the most probable names. With
the largest of perturbed log-probabilities (log-probability plus a Gumbel variable, independent
for each name), they are names drawn without replacement, in the order drawn: Kool, van Hoof and
Welling 2019, "Stochastic beams and where to find them", arXiv 1903.06059.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.core import Floats, Reals, States, Symbols, checkpoint, chunk_slices
from namesmith_server.engine.distributions import draws, row_keys
from namesmith_server.engine.errors import TooComplexError
from namesmith_server.engine.markov.conditioned_chain import ConditionedChain
from namesmith_server.engine.markov.ranking import ProbabilityRanking, Ranking, lower_bound

CHUNK = 1 << 11
"""Prefixes that grow between two checkpoints: a few milliseconds."""

PRUNE_FACTOR = 4
"""Ratio of candidates to the beam's width at which all but the best are dropped."""

MAX_STEPS = 1 << 28
"""Next symbols of prefixes that one search may look at: some seconds."""


class BeamSearchResult(NamedTuple):
    """Names in order.

    Attributes:
        names: rows of symbols, padded with end symbols, [N, max_length + 1].
        log_probs: natural log, drawn freely under the sampling, float64 [N].
    """

    names: NDArray[np.integer]
    log_probs: Floats


@dataclass
class Beam:
    """Prefixes of one length and names that have ended, in the order of their symbols.

    Attributes:
        symbols: [B, max_length + 1], padded with end symbols.
        states: of the trellis's layer, [B]; those of ended names mean nothing.
        active: whether a prefix has not ended, [B].
        log_probs: natural log of the symbols so far, behind the constraint's prefix, [B].
        keys: by which they are ranked, [B].
        rng_keys: keys of generators, a function of the seed and the symbols alone, [B].
    """

    symbols: NDArray[np.integer]
    states: States
    active: NDArray[np.bool_]
    log_probs: Floats
    keys: Floats
    rng_keys: NDArray[np.uint64]

    def select(self, chosen: NDArray[Any]) -> "Beam":
        """Return the chosen prefixes, given by a mask or by their places."""
        return Beam(*(array[chosen] for array in vars(self).values()))


class Candidates(NamedTuple):
    """Prefixes with a symbol behind them, for the next beam.

    Attributes:
        parents: places in the beam, [B].
        symbols: next symbols; the end symbol also behind names that have ended, [B].
        keys: by which they are ranked, [B].
        steps: log-probability of the symbol; 0 behind names that have ended, [B].
    """

    parents: NDArray[np.intp]
    symbols: Symbols
    keys: Floats
    steps: Reals

    def select(self, chosen: NDArray[Any]) -> "Candidates":
        """Return the chosen candidates, given by a mask or by their places."""
        return Candidates(*(array[chosen] for array in self))

    def best(self, width: int) -> "Candidates":
        """Return the ``width`` best in their order; of equal ones the first."""
        if len(self.keys) <= width:
            return self
        least = np.partition(self.keys, -width)[-width]
        chosen = self.keys > least
        ties = np.flatnonzero(self.keys == least)
        chosen[ties[: width - chosen.sum()]] = True
        return self.select(chosen)


def best_names(ranking: Ranking, width: int, seed: int = 0) -> BeamSearchResult:
    """Find the ``width`` names of the largest keys, the largest first; all, where there are fewer.

    Raises:
        TooComplexError: the search would take more than ``MAX_STEPS`` steps.
    """
    (beam,) = deque(_beams(ranking, width, seed), maxlen=1)  # earlier ones are let go
    beam = beam.select(np.argsort(-beam.keys, kind="stable"))
    behind_prefix = ranking.chain.prefix_log_prob(ranking.log_probs)
    return BeamSearchResult(beam.symbols, beam.log_probs + behind_prefix)


def count_above(chain: ConditionedChain, floor: float, most: int) -> int:
    """Count the names of at least that log-probability, drawn freely, up to ``most`` + 1.

    Every prefix in the beam stands for a name behind it, so that the search ends as soon as there
    are more than ``most``. Raises the errors of ``best_names``.
    """
    prefix = chain.prefix_log_prob(chain.table.scoring_log_probs)
    ranking = ProbabilityRanking(chain, floor - prefix)
    for beam in _beams(ranking, most + 1):
        if (lower_bound(beam.keys + prefix) >= floor).sum() > most:
            return most + 1
    return int((beam.log_probs + prefix >= floor).sum())


def _beams(ranking: Ranking, width: int, seed: int = 0) -> Iterator[Beam]:
    """Yield the beam after each position."""
    chain = ranking.chain
    beam = _first_beam(ranking, seed)
    yield beam
    steps = 0
    for position in range(len(chain.prefix), chain.max_length + 1):
        if not beam.active.any():
            break
        steps += int(beam.active.sum()) * ranking.log_probs.shape[1]
        if steps > MAX_STEPS:
            raise TooComplexError(
                f"takes more than {MAX_STEPS} steps to search; ask for fewer names, or shorter ones"
            )
        beam = _grow(ranking, beam, position, width)
        yield beam


def _first_beam(ranking: Ranking, seed: int) -> Beam:
    chain, size = ranking.chain, ranking.log_probs.shape[1]
    symbols = np.zeros((1, chain.max_length + 1), dtype=np.min_scalar_type(size - 1))
    symbols[0, : len(chain.prefix)] = chain.prefix
    return Beam(
        symbols,
        states=np.full(1, chain.start_state, dtype=np.int32),
        active=np.ones(1, dtype=bool),
        log_probs=np.zeros(1),
        keys=np.full(1, ranking.start_key),
        rng_keys=row_keys(seed, 0, 1),
    )


def _grow(ranking: Ranking, beam: Beam, position: int, width: int) -> Beam:
    """Return the best prefixes with a further symbol, in the order of their symbols."""
    best = _best_candidates(ranking, beam, position, width)
    checkpoint()
    grown = beam.select(best.parents)
    grown.keys = best.keys
    grown.log_probs += best.steps
    grew = np.flatnonzero(grown.active)
    symbols = best.symbols[grew]
    grown.symbols[grew, position] = symbols
    grown.rng_keys[grew] = draws(grown.rng_keys[grew], _child_counters(symbols))
    grown.states[grew] = ranking.chain.advance(position, grown.states[grew], symbols)
    grown.active[grew] = symbols != END
    return grown


def _best_candidates(ranking: Ranking, beam: Beam, position: int, width: int) -> Candidates:
    """Return the ``width`` best candidates, in the order of their symbols."""
    # The best symbol behind a prefix has its key: below all keys of a full beam none is needed.
    least = lower_bound(float(beam.keys.min())) if len(beam.keys) == width else -np.inf
    found: list[Candidates] = []
    for part in chunk_slices(len(beam.keys), CHUNK):
        checkpoint()
        found.append(_candidates(ranking, beam, position, part, least))
        if sum(len(some.keys) for some in found) > PRUNE_FACTOR * width:
            found = [_concatenated(found).best(width)]
    return _concatenated(found).best(width)


def _candidates(
    ranking: Ranking, beam: Beam, position: int, part: slice, least: float
) -> Candidates:
    """Return the candidates that extend ``beam[part]`` with key >= least, sorted by symbols."""
    places = np.arange(part.start, part.stop)
    ended, active = places[~beam.active[part]], places[beam.active[part]]
    some = beam.select(active)
    steps = ranking.chain.log_probs(ranking.log_probs, position, some.states)
    log_probs = ranking.chain.lookahead(ranking.values, position, some.states, 0)
    log_probs += steps
    log_probs += some.log_probs[:, None]
    keys = ranking.keys(some.keys, some.rng_keys, log_probs)
    rows, symbols = np.nonzero((keys >= least) & (keys > -np.inf))
    grown = Candidates(active[rows], symbols, keys[rows, symbols], steps[rows, symbols])
    done = Candidates(ended, 0 * ended, beam.keys[ended], 0.0 * ended)
    both = _concatenated([done, grown])
    return both.select(np.argsort(both.parents, kind="stable"))


def _concatenated(some: list[Candidates]) -> Candidates:
    every: list[Any] = [np.concatenate(arrays) for arrays in zip(*some, strict=True)]
    return Candidates(*every)


def _child_counters(symbols: Symbols) -> NDArray[np.uint64]:
    """RNG counters for child generators, offset past those used for symbols."""
    return symbols.astype(np.uint64) + np.uint64(1 << 32)
