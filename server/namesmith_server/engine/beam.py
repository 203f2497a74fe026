"""Beam search over a product that is exact: the best names, and names without replacement.

Prefixes of names grow by a symbol at a time; the ``width`` best are kept. Each prefix is ranked
by a key that one of the names behind it attains and none exceeds, so that of what is dropped no
name can be among the ``width`` best: there are as many, or better, behind what is kept.

With the probability of the best name behind as the key, these are the most probable names. With
the largest of perturbed log-probabilities (log-probability plus a Gumbel variable, independent
for each name), they are names drawn without replacement, in the order drawn: Kool, van Hoof and
Welling 2019, "Stochastic beams and where to find them", arXiv 1903.06059.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.arrays import Floats, Ids
from namesmith_server.engine.automaton import States
from namesmith_server.engine.product import CHUNK, Product
from namesmith_server.engine.random import Keys, draws, row_keys, uniforms
from namesmith_server.engine.stream import Stream
from namesmith_server.engine.walk import joined

DECIMALS = 9
"""To which log-probabilities are told apart in an order."""


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
    """How prefixes are ranked; its keys at the start."""

    start: float

    def keys(self, beam: Beam, probabilities: Floats, states: States, position: int) -> Floats:
        """The keys of each prefix with each next symbol, [B, V]; -inf for those that are none."""


def search(product: Product, ranking: Ranking, width: int, seed: int = 0) -> Found:
    """The ``width`` names of the largest keys, the largest first; all, where there are fewer."""
    beam = _start(product, ranking, seed)
    for position in range(product.first, product.longest + 1):
        if not beam.going.any():
            break
        beam = _grown(product, ranking, beam, position, width)
    beam = beam.part(np.argsort(-beam.keys, kind="stable"))
    with np.errstate(divide="ignore"):
        log_probs = beam.log_probs + np.log(product.prefix_probability)
    return Found(joined(beam.symbols), log_probs)


class MostProbable:
    """Ranks by the most probable name behind; equal ones stay in the order of their symbols."""

    def __init__(self, product: Product, floor: float = -np.inf) -> None:
        """Leaves out what is less probable than ``floor``, in nats from the first position on."""
        self._product = product
        self._floor = floor
        self.start = 0.0

    def keys(self, beam: Beam, probabilities: Floats, states: States, position: int) -> Floats:
        """As ``Ranking``."""
        future = self._product.future(self._product.best, position, states)
        with np.errstate(divide="ignore"):
            keys = beam.log_probs[:, None] + np.log(probabilities * future)
        ranks: Floats = np.round(keys, DECIMALS)
        ranks[ranks < self._floor] = -np.inf
        return ranks


class Drawing:
    """Ranks by the largest perturbed log-probability behind."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self.start = 0.0  # shifts all keys

    def keys(self, beam: Beam, probabilities: Floats, states: States, position: int) -> Floats:
        """As ``Ranking``: the largest of the symbols' keys is the prefix's own."""
        future = self._product.future(self._product.success, position, states)
        symbols = np.arange(probabilities.shape[1], dtype=np.uint64)
        uniform = np.maximum(uniforms(draws(beam.noise[:, None], symbols)), 2.0**-54)  # never 0
        with np.errstate(divide="ignore", invalid="ignore"):
            perturbed = beam.log_probs[:, None] + np.log(probabilities * future)
            perturbed -= np.log(-np.log(uniform))
            # Gumbel variables given that their largest is the prefix's key (appendix B.3 there).
            largest = perturbed.max(1, keepdims=True)
            less = beam.keys[:, None] - perturbed + np.log1p(-np.exp(perturbed - largest))
        keys: Floats = beam.keys[:, None] - np.maximum(less, 0) - np.log1p(np.exp(-np.abs(less)))
        keys[np.isneginf(perturbed)] = -np.inf
        return keys


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


def _grown(product: Product, ranking: Ranking, beam: Beam, position: int, width: int) -> Beam:
    """Every prefix with every symbol behind it, the best of all, in the order of their symbols."""
    going = np.flatnonzero(beam.going)
    keys, steps = _keys(product, ranking, beam.part(going), position)
    every = np.full((len(beam.keys), keys.shape[1]), -np.inf)
    every[:, END] = beam.keys  # of names that have ended
    every[going] = keys
    places = np.flatnonzero(every.ravel() > -np.inf)
    best = np.argsort(-every.ravel()[places], kind="stable")[:width]
    parents, symbols = np.divmod(places[np.sort(best)], keys.shape[1])
    grown = beam.part(parents)
    grown.keys = every[parents, symbols]
    went = np.flatnonzero(grown.going)
    parents, symbols = np.searchsorted(going, parents[went]), symbols[went]
    grown.log_probs[went] += steps[parents, symbols]
    grown.symbols[went, position] = symbols
    grown.noise[went] = draws(grown.noise[went], _counters(symbols))
    grown.states[went] = product.advance(position, grown.states[went], symbols)
    grown.going[went] = symbols != END
    return grown


def _keys(product: Product, ranking: Ranking, beam: Beam, position: int) -> tuple[Floats, Floats]:
    """Keys and log-probabilities of the symbols behind each prefix [B, V], a chunk at a time."""
    keys, steps = [], []
    for at in range(0, len(beam.keys), CHUNK):
        some = beam.part(np.arange(at, min(at + CHUNK, len(beam.keys))))
        probabilities = product.probabilities(position, some.states)
        keys.append(ranking.keys(some, probabilities, some.states, position))
        with np.errstate(divide="ignore"):
            steps.append(np.log(probabilities))
    return np.concatenate(keys), np.concatenate(steps)


def _counters(symbols: Ids) -> NDArray[np.uint64]:
    """Of the draws that are the keys of the next generators: behind those of the symbols."""
    return symbols.astype(np.uint64) + np.uint64(1 << 32)
