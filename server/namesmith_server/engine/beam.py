"""Beam search over a product that is exact: the best names, and names without replacement.

Prefixes of names grow by a symbol at a time; the ``width`` best are kept. Each prefix is ranked
by a key that one of the names behind it attains and none exceeds, so that of what is dropped no
name can be among the ``width`` best: there are as many, or better, behind what is kept.

With the log-probability of the best name behind as the key, these are the most probable names. With
the largest of perturbed log-probabilities (log-probability plus a Gumbel variable, independent
for each name), they are names drawn without replacement, in the order drawn: Kool, van Hoof and
Welling 2019, "Stochastic beams and where to find them", arXiv 1903.06059.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.arrays import Floats, Ids, Reals, parts
from namesmith_server.engine.automaton import States
from namesmith_server.engine.errors import TooComplexError
from namesmith_server.engine.product import Product
from namesmith_server.engine.random import Keys, draws, row_keys, uniforms
from namesmith_server.engine.turns import breathe

CHUNK = 1 << 11
"""Prefixes that grow together: a few milliseconds."""

HELD = 4
"""So many times the beam's width of candidates are held before the best are picked."""

DECIMALS = 9
"""To which log-probabilities are told apart in an order."""

ROUNDING = 2e-9
"""Keys of a prefix and of the best name behind it differ by less, and by less than 10^-4 of that
for each nat: sums of the same numbers in another order, rounded.
"""

STEPS = 1 << 28
"""Next symbols of prefixes that one search may look at: some seconds."""


FloatOrFloats = TypeVar("FloatOrFloats", float, Floats)


class Found(NamedTuple):
    """Names in order.

    Attributes:
        names: their symbols, padded with end symbols, [N, longest + 1].
        log_probs: natural log, drawn freely under the sampling, float64 [N].
    """

    names: NDArray[np.integer]
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

    symbols: NDArray[np.integer]
    states: States
    going: NDArray[np.bool_]
    log_probs: Floats
    keys: Floats
    noise: Keys

    def part(self, chosen: NDArray[Any]) -> "Beam":
        """Some of them."""
        return Beam(*(array[chosen] for array in vars(self).values()))


class Ranking(ABC):
    """How prefixes are ranked.

    Attributes:
        product: whose names they are.
        table: log-probabilities [V^L, V] that those of names are summed from.
        values: those of what is behind each state of the product.
        start: the key of the start.
    """

    def __init__(self, product: Product, table: Reals, values: list[Floats], start: float) -> None:
        self.product = product
        self.table = table
        self.values = values
        self.start = start

    @abstractmethod
    def keys(self, beam: Beam, behind: Floats) -> Floats:
        """The keys of each prefix with each next symbol, [B, V]; -inf for those that are none.

        Args:
            beam: the prefixes.
            behind: log-probability of each with that symbol, what is behind it included, [B, V].
        """


def search(ranking: Ranking, width: int, seed: int = 0) -> Found:
    """The ``width`` names of the largest keys, the largest first; all, where there are fewer.

    Raises:
        TooComplexError: it would take more than ``STEPS`` steps.
    """
    *_, beam = _beams(ranking, width, seed)
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
        if (_less(beam.keys + prefix) >= floor).sum() > most:
            return most + 1
    return int((beam.log_probs + prefix >= floor).sum())


class MostProbable(Ranking):
    """Ranks by the most probable name behind; equal ones stay in the order of their symbols."""

    def __init__(self, product: Product, floor: float = -np.inf) -> None:
        """Leaves out what is less probable than ``floor``, in nats from the first position on."""
        best = product.best
        super().__init__(product, product.table.scores, best, float(best[0][0]))
        self._floor = _less(floor)

    def keys(self, beam: Beam, behind: Floats) -> Floats:  # noqa: ARG002 - what is behind tells all
        """As ``Ranking``."""
        ranks: Floats = np.round(behind, DECIMALS)
        ranks[ranks < self._floor] = -np.inf
        return ranks


class Drawing(Ranking):
    """Ranks by the largest perturbed log-probability behind; the start's shifts all others."""

    def __init__(self, product: Product) -> None:
        super().__init__(product, product.table.log_probs, product.log_success, 0.0)

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
    least = _less(float(beam.keys.min())) if len(beam.keys) == width else -np.inf
    found: list[Candidates] = []
    for part in parts(len(beam.keys), CHUNK):
        breathe()
        found.append(_candidates(ranking, beam, position, part, least))
        if sum(len(some.keys) for some in found) > HELD * width:
            found = [_best(_joined(found), width)]
    return _best(_joined(found), width)


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
    both = _joined([done, grown])
    return both.part(np.argsort(both.parents, kind="stable"))


def _joined(some: list[Candidates]) -> Candidates:
    every: list[Any] = [np.concatenate(arrays) for arrays in zip(*some, strict=True)]
    return Candidates(*every)


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
