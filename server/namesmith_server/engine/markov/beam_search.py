r"""Beam search that is exact: the most probable names, and names drawn without replacement.

Prefixes of names grow by a symbol at a time; the ``width`` best prefixes are kept. No name behind a
dropped prefix can be among the ``width`` best names: each prefix is ranked by the best name behind
it, so that behind the kept prefixes stand ``width`` names that are at least as good.

      position 0      1            2
      "" ----- a ---- an  (kept)   ann. ana ...      key of a prefix = key of the best name
           \-- m ---- ma  (kept)   mar. mia ...      behind it, from the backward messages
            \- x      xa  (dropped: its best name is worse than ``width`` others')

With the log-probability of the best name behind a prefix as its key, the search finds the most
probable names. With the largest perturbed log-probability (log-probability plus a Gumbel variable,
independent for each name) as the key, it finds names drawn without replacement, in the order drawn:
Kool, van Hoof and Welling 2019, "Stochastic beams and where to find them", arXiv 1903.06059.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.core import Floats, Symbols, checkpoint, chunk_slices, reserve
from namesmith_server.engine.distributions import draws, row_keys
from namesmith_server.engine.errors import TooComplexError
from namesmith_server.engine.markov.beam import Beam, Candidates
from namesmith_server.engine.markov.conditioned_chain import ConditionedChain
from namesmith_server.engine.markov.ranking import ProbabilityRanking, Ranking, lower_bound

CHUNK = 1 << 11
"""Number of prefixes that grow between two checkpoints: a few milliseconds."""

PRUNE_FACTOR = 4
"""Ratio of candidates to the beam's width at which all but the ``width`` best are dropped."""

COPIES = 3
"""Number of arrays of a beam's prefixes that are held at once: grown, sorted, and of the answer."""

CANDIDATE_BYTES = 64
"""Number of bytes of a candidate, and of its copy while candidates are joined."""

MAX_STEPS = 1 << 28
"""Largest number of next symbols of prefixes that one search examines: some seconds."""


class BeamSearchResult(NamedTuple):
    """The names that a beam search found, in the order of their keys, the largest key first.

    Attributes:
        names: symbols of each name, padded with end symbols, [N, max_length + 1].
        log_probs: natural log of the probability that a name drawn freely under the sampling is
            this name, float64 [N].
        behind_prefix: the same given the chain's prefix, however improbable, float64 [N].
    """

    names: NDArray[np.integer]
    log_probs: Floats
    behind_prefix: Floats


def best_names(ranking: Ranking, width: int, seed: int = 0) -> BeamSearchResult:
    """Find the ``width`` names of the largest keys, or all names if they are fewer.

    Raises:
        TooComplexError: the search would take more than ``MAX_STEPS`` steps.
    """
    advice = f"ask for at most {widest_beam(ranking)} names"
    (beam,) = deque(_beams(ranking, width, advice, seed), maxlen=1)  # earlier ones are let go
    beam = beam.select(np.argsort(-beam.keys, kind="stable"))
    chain, behind_prefix = ranking.chain, beam.log_probs
    log_probs = behind_prefix + chain.prefix_log_prob(ranking.log_probs)
    return BeamSearchResult(beam.symbols, *map(chain.table.nats, (log_probs, behind_prefix)))


def widest_beam(ranking: Ranking) -> int:
    """Return a number of names that a search finds within its bound on steps."""
    longest = ranking.chain.max_length + 1 - len(ranking.chain.prefix)
    return max(MAX_STEPS // (longest * int(ranking.log_probs.shape[1])), 1)


def count_above(chain: ConditionedChain, floor: float, most: int) -> int:
    """Count the names of log-probability >= ``floor``, drawn freely, up to ``most`` + 1.

    At least one name stands behind every prefix in the beam, so that the search ends as soon as
    more than ``most`` prefixes reach the floor. Raises the errors of ``best_names``.
    """
    prefix = chain.prefix_log_prob(chain.table.scoring_log_probs)
    least = chain.table.from_nats(floor)
    ranking = ProbabilityRanking(chain, least - prefix)
    for beam in _beams(ranking, most + 1, "ask for a higher floor"):
        if (lower_bound(beam.keys + prefix) >= least).sum() > most:
            return most + 1
    return int((chain.table.nats(beam.log_probs + prefix) >= floor).sum())


def _beams(ranking: Ranking, width: int, advice: str, seed: int = 0) -> Iterator[Beam]:
    """Yield the beam after each position; a search that takes too long ends with the advice."""
    chain = ranking.chain
    beam = _first_beam(ranking, seed)
    yield beam
    steps = held = 0
    for position in range(len(chain.prefix), chain.max_length + 1):
        if not beam.active.any():
            break
        steps += int(beam.active.sum()) * ranking.log_probs.shape[1]
        if steps > MAX_STEPS:
            raise TooComplexError(f"takes more than {MAX_STEPS} steps to search; {advice}")
        size = _next_size(beam, width, ranking.log_probs.shape[1])
        reserve(max(size - held, 0))
        held = max(size, held)
        beam = _grow(ranking, beam, position, width)
        yield beam


def _next_size(beam: Beam, width: int, vocab_size: int) -> int:
    """Return the number of bytes that the next beam and its candidates take at most."""
    candidates = len(beam.keys) * vocab_size
    prefix = sum(array.nbytes for array in vars(beam).values()) // len(beam.keys)
    joined = min(candidates, PRUNE_FACTOR * width + CHUNK * vocab_size)
    return int(COPIES * prefix * min(candidates, width) + CANDIDATE_BYTES * joined)


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
    """Extend each prefix by every symbol; return the best extended prefixes, sorted by symbols."""
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
    # A prefix with its best symbol keeps its key: candidates below the keys of a full beam lose.
    least = lower_bound(float(beam.keys.min())) if len(beam.keys) == width else -np.inf
    found: list[Candidates] = []
    for part in chunk_slices(len(beam.keys), CHUNK):
        checkpoint()
        found.append(_candidates(ranking, beam, position, part, least))
        if sum(len(some.keys) for some in found) > PRUNE_FACTOR * width:
            found = [Candidates.joined(found).best(width)]
    return Candidates.joined(found).best(width)


def _candidates(
    ranking: Ranking, beam: Beam, position: int, part: slice, least: float
) -> Candidates:
    """Return the candidates of ``beam[part]`` whose keys are >= ``least``, sorted by symbols."""
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
    both = Candidates.joined([done, grown])
    return both.select(np.argsort(both.parents, kind="stable"))


def _child_counters(symbols: Symbols) -> NDArray[np.uint64]:
    """Return the counters of draws that key child generators, beyond the counters of symbols."""
    return symbols.astype(np.uint64) + np.uint64(1 << 32)
