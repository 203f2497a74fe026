"""Sampling on a backend that computes each step, to the same names on every backend.

Two exported forms of a model differ by less than 2e-4 in log-probability: the trainer publishes
no others. A draw that lies farther from every boundary of the cumulative distribution than such
a difference can move it gives the same symbol on each; the few others are decided by the
canonical form alone: the table, or without one ONNX Runtime on the CPU, one context at a time.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.backends.base import Backend, Contexts, LogProbs
from namesmith_server.engine.chain import Chain, Floats
from namesmith_server.engine.errors import GaveUpError
from namesmith_server.engine.parameters import Order, Sampling
from namesmith_server.engine.random import row_keys, uniforms
from namesmith_server.engine.sampler import blank, choose, cumulated, joined
from namesmith_server.engine.stream import Stream
from namesmith_server.engine.transform import near_a_cut, transform

SLACK = 2e-4
"""Largest difference of two exported forms in log-probability, nats."""

BATCH = 256
"""Rows that step together."""

ATTEMPTS = 1_000
"""Names that a row may try on a model without a table."""

Canonical = Callable[[Contexts], LogProbs]


class Conditioning(Protocol):
    """Weighs next symbols by what may follow them."""

    def factors(self, position: NDArray[np.int64], contexts: Contexts) -> Floats:
        """A factor for each symbol [B, V], rows being ``position`` [B] characters in."""


class ByTable:
    """The exact probability of success, where the model has a table."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def factors(self, position: NDArray[np.int64], contexts: Contexts) -> Floats:
        """As ``Conditioning``."""
        return self._chain.factors(position, self._chain.rows(contexts))


class ByTrial:
    """Nothing is known of what follows: what does not satisfy the constraint is tried again.

    The end symbol is excluded at the first step where it would make the name too short, which
    is that rejection, taken at once.
    """

    def __init__(self, order: Order, vocab_size: int) -> None:
        self._vocab_size = vocab_size
        self._first = len(order.constraint.prefix)
        self._may_end = order.constraint.min_length <= self._first

    def factors(self, position: NDArray[np.int64], contexts: Contexts) -> Floats:
        """As ``Conditioning``."""
        factors = np.ones((len(contexts), self._vocab_size))
        factors[:, END] = self._may_end | (position > self._first)
        return factors


class Decider:
    """Draws next symbols from a backend's distributions as the canonical form would."""

    def __init__(self, backend: Backend, canonical: Canonical, sampling: Sampling) -> None:
        self._backend = backend
        self._canonical = canonical
        self._sampling = sampling
        # Weights off by factors up to exp(s) move a cumulative share by less than exp(2s) - 1.
        temperature = sampling.temperature
        self._margin = np.expm1(min(2 * SLACK / temperature, 1)) if temperature else 0.0

    def symbols(self, contexts: Contexts, factors: Floats, u: Floats) -> NDArray[np.int64]:
        """The next symbol [B] of each context [B, L], weighed by the factors [B, V]."""
        log_probs = self._backend.log_probs(contexts)
        cumulative = cumulated(transform(log_probs, self._sampling) * factors)
        symbols = choose(cumulative, u)
        close = ~(np.abs(cumulative - u[:, None]) > self._margin).all(1)  # or not a number
        close |= near_a_cut(log_probs, self._sampling, SLACK)
        if close.any():
            exact = transform(self._canonical(contexts[close]), self._sampling) * factors[close]
            symbols[close] = choose(cumulated(exact), u[close])
        return symbols


def step(decider: Decider, conditioning: Conditioning, order: Order, block_size: int) -> Stream:
    """The names of an order, as a stream.

    Raises:
        GaveUpError: a row found no name that satisfies the constraint.
    """
    last = order.first + order.count
    return np.concatenate(
        [
            _Batch(order, row_keys(order.seed, at, min(BATCH, last - at)), block_size).run(
                decider, conditioning
            )
            for at in range(order.first, last, BATCH)
        ]
    )


class _Batch:
    """Rows that step together until all have ended."""

    def __init__(self, order: Order, keys: NDArray[np.uint64], block_size: int) -> None:
        self._constraint = order.constraint
        self._keys = keys
        self._names = blank(len(keys), order)
        prefix = [END] * block_size + list(order.constraint.prefix)
        self._first = np.array(prefix[-block_size:], dtype=np.int64)
        self._contexts = np.tile(self._first, (len(keys), 1))
        self._position = np.full(len(keys), len(order.constraint.prefix))
        self._attempt = np.zeros(len(keys), dtype=np.uint64)
        self._alive = np.arange(len(keys))

    def run(self, decider: Decider, conditioning: Conditioning) -> Stream:
        while self._alive.size:
            alive = self._alive
            contexts, position = self._contexts[alive], self._position[alive]
            counter = self._attempt[alive] << np.uint64(32) | position.astype(np.uint64)
            u = uniforms(self._keys[alive], counter)
            symbols = decider.symbols(contexts, conditioning.factors(position, contexts), u)
            self._advance(symbols)
        return joined(self._names)

    def _advance(self, symbols: NDArray[np.int64]) -> None:
        alive = self._alive
        position = self._position[alive]
        ended = symbols == END
        short = ended & (position < self._constraint.min_length)
        long = ~ended & (position == self._constraint.max_length)
        again = short | long
        self._names[alive[~again], position[~again]] = symbols[~again]
        self._position[alive] += 1
        self._contexts[alive] = np.hstack([self._contexts[alive, 1:], symbols[:, None]])
        self._restart(alive[again])
        self._alive = alive[~ended | again]

    def _restart(self, rows: NDArray[np.int64]) -> None:
        prefix = len(self._constraint.prefix)
        self._attempt[rows] += np.uint64(1)
        self._position[rows] = prefix
        self._contexts[rows] = self._first
        self._names[rows, prefix:] = END
        if rows.size and self._attempt[rows].max() == ATTEMPTS:
            raise GaveUpError(
                f"{ATTEMPTS} names in a row did not satisfy the constraint; this model has no"
                " table, which would answer exactly"
            )
