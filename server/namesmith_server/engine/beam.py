"""Beam search over a product that is exact: the best names, and names without replacement.

Prefixes of names grow by a symbol at a time; the ``width`` best are kept. Each prefix is ranked
by a key that one of the names behind it attains and none exceeds, so that of what is dropped no
name can be among the ``width`` best: there are as many, or better, behind what is kept.

With the log-probability of the best name behind as the key, these are the most probable names. With
the largest of perturbed log-probabilities (log-probability plus a Gumbel variable, independent
for each name), they are names drawn without replacement, in the order drawn: Kool, van Hoof and
Welling 2019, "Stochastic beams and where to find them", arXiv 1903.06059.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.arrays import Floats, Ids, Reals
from namesmith_server.engine.automaton import States
from namesmith_server.engine.errors import TooComplexError
from namesmith_server.engine.product import Product, chunks
from namesmith_server.engine.random import Keys, draws, row_keys, uniforms
from namesmith_server.engine.stream import Stream
from namesmith_server.engine.turns import breathe
from namesmith_server.engine.walk import joined

DECIMALS = 9
"""To which log-probabilities are told apart in an order."""

ROUNDING = 2e-9
"""Keys of a prefix and of the best name behind it differ by less, and by less than 10^-4 of that
for each nat: sums of the same numbers in another order, rounded.
"""

STEPS = 1 << 28
"""Next symbols of prefixes that one search may look at: a quarter of a minute or so."""


FloatOrFloats = TypeVar("FloatOrFloats", float, Floats)


class Found(NamedTuple):
    """Names in order.

    Attributes:
        stream: the names.
        log_probs: natural log, drawn freely under the sampling, float64 [N].
    """

    stream: Stream
    log_probs: Floats


@dataclass
class Beam:
    """Prefixes of one length and names that have ended, in the order of their symbols.

    Attributes:
        symbols: [M, longest + 1], padded with end symbols.
        states: of the product's layer; those of ended names mean nothing.
        going: whether a prefix has not ended, [M].
        log_probs: natural log of what is read so far, from the first position on.
        keys: what each is ranked by.
        noise: keys of generators, which depend on the seed and the symbols alone.
    """

    symbols: NDArray[np.int32]
    states: States
    going: NDArray[np.bool_]
    log_probs: Floats
    keys: Floats
    noise: Keys

    def part(self, chosen: NDArray[Any]) -> "Beam":
        """Some of them."""
        return Beam(*(array[chosen] for array in vars(self).values()))


class Ranking(Protocol):
    """How prefixes are ranked.

    Attributes:
        table: log-probabilities [V^L, V] that those of names are summed from.
        values: those of what is behind each state of the product.
        start: the key of the start.
    """

    table: Reals
    values: list[Floats]
    start: float

    def keys(self, beam: Beam, behind: Floats) -> Floats:
        """The keys of each prefix with each next symbol, [B, V]; -inf for those that are none.

        Args:
            beam: the prefixes.
            behind: log-probability of each with that symbol, what is behind it included, [B, V].
        """


def search(product: Product, ranking: Ranking, width: int, seed: int = 0) -> Found:
    """The ``width`` names of the largest keys, the largest first; all, where there are fewer.

    Raises:
        TooComplexError: it would take more than ``STEPS`` steps.
    """
    *_, beam = _beams(product, ranking, width, seed)
    beam = beam.part(np.argsort(-beam.keys, kind="stable"))
    return Found(joined(beam.symbols), beam.log_probs + product.along_prefix(ranking.table))


def count_above(product: Product, floor: float, most: int) -> int:
    """The names of at least that log-probability, drawn freely; ``most`` + 1, where there are more.

    Every prefix in the beam stands for a name behind it, so that the search ends as soon as there
    are too many. Raises as ``search``.
    """
    prefix = product.along_prefix(product.table.scores)
    ranking = MostProbable(product, floor - prefix)
    for beam in _beams(product, ranking, most + 1):
        if (_less(beam.keys + prefix) >= floor).sum() > most:
            return most + 1
    return int((beam.log_probs + prefix >= floor).sum())


class MostProbable:
    """Ranks by the most probable name behind; equal ones stay in the order of their symbols."""

    def __init__(self, product: Product, floor: float = -np.inf) -> None:
        """Leaves out what is less probable than ``floor``, in nats from the first position on."""
        self.table: Reals = product.table.scores
        self.values = product.best
        self.start = float(self.values[0][0])
        self._floor = _less(floor)

    def keys(self, beam: Beam, behind: Floats) -> Floats:  # noqa: ARG002 - what is behind tells all
        """As ``Ranking``."""
        ranks: Floats = np.round(behind, DECIMALS)
        ranks[ranks < self._floor] = -np.inf
        return ranks


class Drawing:
    """Ranks by the largest perturbed log-probability behind."""

    def __init__(self, product: Product) -> None:
        self.table: Reals = product.table.log_probs
        self.values = product.log_success
        self.start = 0.0  # shifts all keys

    def keys(self, beam: Beam, behind: Floats) -> Floats:
        """As ``Ranking``: the largest of the symbols' keys is the prefix's own."""
        symbols = np.arange(behind.shape[1], dtype=np.uint64)
        uniform = np.maximum(uniforms(draws(beam.noise[:, None], symbols)), 2.0**-54)  # never 0
        perturbed = behind - np.log(-np.log(uniform))
        with np.errstate(divide="ignore", invalid="ignore"):
            # Gumbel variables given that their largest is the prefix's key (appendix B.3 there).
            largest = perturbed.max(1, keepdims=True)
            less = beam.keys[:, None] - perturbed + np.log1p(-np.exp(perturbed - largest))
        keys: Floats = beam.keys[:, None] - np.maximum(less, 0) - np.log1p(np.exp(-np.abs(less)))
        keys[np.isneginf(perturbed)] = -np.inf
        return keys


def _beams(product: Product, ranking: Ranking, width: int, seed: int = 0) -> Iterator[Beam]:
    """The beam after each position."""
    beam = _start(product, ranking, seed)
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
        beam = _grown(product, ranking, beam, position, width)
        yield beam


def _start(product: Product, ranking: Ranking, seed: int) -> Beam:
    symbols = np.zeros((1, product.longest + 1), dtype=np.int32)
    symbols[0, : product.first] = product.prefix
    return Beam(
        symbols,
        states=np.zeros(1, dtype=np.int32),
        going=np.ones(1, dtype=bool),
        log_probs=np.zeros(1),
        keys=np.full(1, ranking.start),
        noise=row_keys(seed, 0, 1),
    )


class Candidates(NamedTuple):
    """Prefixes with a symbol behind them: may be of the next beam.

    Attributes:
        parents: places in the beam.
        symbols: the end symbol also behind names that have ended.
        keys: what each is ranked by.
        steps: log-probability of the symbol; 0 behind names that have ended.
    """

    parents: NDArray[np.intp]
    symbols: Ids
    keys: Floats
    steps: Reals

    def part(self, chosen: NDArray[Any]) -> "Candidates":
        """Some of them."""
        return Candidates(*(array[chosen] for array in self))


def _grown(product: Product, ranking: Ranking, beam: Beam, position: int, width: int) -> Beam:
    """Every prefix with every symbol behind it, the best of all, in the order of their symbols."""
    best = _best(_candidates(product, ranking, beam, position, width), width)
    grown = beam.part(best.parents)
    grown.keys = best.keys
    grown.log_probs += best.steps
    went = np.flatnonzero(grown.going)
    symbols = best.symbols[went]
    grown.symbols[went, position] = symbols
    grown.noise[went] = draws(grown.noise[went], _counters(symbols))
    grown.states[went] = product.advance(position, grown.states[went], symbols)
    grown.going[went] = symbols != END
    return grown


def _candidates(
    product: Product, ranking: Ranking, beam: Beam, position: int, width: int
) -> Candidates:
    """All that may be among the best, in the order of their symbols, a chunk at a time.

    The best symbol behind a prefix has the prefix's key: where the beam is full, what is below all
    of those is not among the best.
    """
    least = _less(float(beam.keys.min())) if len(beam.keys) == width else -np.inf
    ended, going = np.flatnonzero(~beam.going), np.flatnonzero(beam.going)
    found = [Candidates(ended, 0 * ended, beam.keys[ended], 0.0 * ended)]
    for part in chunks(len(going)):
        breathe()
        chunk = going[part]
        some = beam.part(chunk)
        steps = product.log_probs(ranking.table, position, some.states)
        behind = product.future(ranking.values, position, some.states, 0)
        behind += steps
        behind += some.log_probs[:, None]
        keys = ranking.keys(some, behind)
        rows, symbols = np.nonzero((keys >= least) & (keys > -np.inf))
        found.append(Candidates(chunk[rows], symbols, keys[rows, symbols], steps[rows, symbols]))
    every = Candidates(*map(np.concatenate, zip(*found, strict=True)))
    return every.part(np.lexsort((every.symbols, every.parents)))


def _best(every: Candidates, width: int) -> Candidates:
    """The best of them, in their order; of equal ones the first."""
    if len(every.keys) <= width:
        return every
    least = np.partition(every.keys, -width)[-width]
    chosen = every.keys > least
    ties = np.flatnonzero(every.keys == least)
    chosen[ties[: width - chosen.sum()]] = True
    return every.part(chosen)


def _less(key: FloatOrFloats) -> FloatOrFloats:
    """Less than what may be equal but for rounding."""
    return key - ROUNDING * (1 + 1e-4 * abs(key))


def _counters(symbols: Ids) -> NDArray[np.uint64]:
    """Of the draws that are the keys of the next generators: behind those of the symbols."""
    return symbols.astype(np.uint64) + np.uint64(1 << 32)
