"""The statistics of all names of a chain: their entropy and lengths, exactly."""

from collections.abc import Iterator
from itertools import islice, takewhile
from typing import NamedTuple

import numpy as np

from namesmith.limits import MAX_LENGTH
from namesmith.vocabulary import END
from namesmith_server.engine import native
from namesmith_server.engine.core import Floats, checkpoint, chunk_slices
from namesmith_server.engine.markov.chain import Chain

NEGLIGIBLE = 1e-15
"""Probability of all longer names below which the sum over lengths ends."""

LONGEST = 100_000
"""Number of lengths, from 0 on, that the sum over lengths examines at most."""

CHUNK = 1 << 12
"""Number of states whose entropy is computed between two checkpoints: a few milliseconds."""

PRODUCTS = 1 << 20
"""Number of products that compiled code computes between two checkpoints: a few milliseconds."""


class NameStatistics(NamedTuple):
    """Entropy and lengths of names.

    Attributes:
        entropy: entropy of a name, nats.
        expected_length: expected number of characters of a name.
        length_probabilities: probability of each length from 0 to MAX_LENGTH, float64
            [MAX_LENGTH + 1]; longer names have the remaining probability.
    """

    entropy: float
    expected_length: float
    length_probabilities: Floats

    @property
    def entropy_per_symbol(self) -> float:
        """Entropy divided by the expected number of symbols, end symbol included, in nats."""
        return self.entropy / (self.expected_length + 1)


def name_statistics(chain: Chain, probabilities: Floats) -> NameStatistics:
    """Compute the statistics of names of any length, the empty name among them.

    Steps a distribution over states forward. The entropy of a name is the sum of the entropies of
    the next symbol in each state, weighed by the expected visits to the state (chain rule).

    Args:
        chain: chain of the states and their successors.
        probabilities: probability of each next symbol in each state, [S, V].
    """
    surprise, endings = _surprise(probabilities), probabilities[:, END].copy()
    entropy = expected = 0.0
    lengths = np.zeros(MAX_LENGTH + 1)
    for length, at in enumerate(_visits(chain, probabilities)):
        going = float(at.sum())
        if not going or (going < NEGLIGIBLE and length > MAX_LENGTH):
            break
        expected += going if length else 0.0
        entropy += _inner_product(at, surprise)
        if length <= MAX_LENGTH:
            lengths[length] = _inner_product(at, endings)
    return NameStatistics(entropy, expected, lengths)


def longest_length(chain: Chain, probabilities: Floats, negligible: float, most: int) -> int:
    """Return the largest length that names reach with at least a probability.

    Args:
        chain: chain of the states and their successors.
        probabilities: probability of each next symbol in each state, [S, V].
        negligible: probability of all longer names together, in (0, 1].
        most: largest length that is returned, >= 0.
    """
    visits = islice(_visits(chain, probabilities), most + 1)
    reached = (float(at.sum()) >= negligible for at in visits)
    return sum(1 for _ in takewhile(bool, reached)) - 1


def _visits(chain: Chain, probabilities: Floats) -> Iterator[Floats]:
    """Yield the probability of each state behind each number of characters, [S], from 0 on."""
    flow = _flow_compiled if native.available else _flow
    at = np.zeros(len(chain))
    at[chain.start] = 1
    for _ in range(LONGEST):
        checkpoint()
        yield at
        at = flow(chain, probabilities, at)


def _surprise(probabilities: Floats) -> Floats:
    """Return the entropy of the next symbol in each state, [S], in nats."""
    surprise = np.empty(len(probabilities))
    for part in chunk_slices(len(probabilities), CHUNK):
        checkpoint()
        P = probabilities[part]
        surprise[part] = -(P * np.log(np.where(P > 0, P, 1))).sum(1)
    return surprise


def _inner_product(a: Floats, b: Floats) -> float:
    """Return the sum of products, on this thread alone: BLAS would take every core."""
    return float((a * b).sum())


def _flow_compiled(chain: Chain, probabilities: Floats, at: Floats) -> Floats:
    """Return the probability of each state after one more character, [S]."""
    following = np.zeros(len(chain))
    for part in chunk_slices(len(chain), max(1, PRODUCTS // chain.vocab_size)):
        checkpoint()
        native.forward(at, probabilities, chain.rows, chain.successors, following, part)
    return following


def _flow(chain: Chain, probabilities: Floats, at: Floats) -> Floats:
    """Return the result of ``_flow_compiled``, to the bit: sums in the order of states, symbols."""
    (reached,) = np.nonzero(at)
    characters = slice(END + 1, None)
    flowing = at[reached, None] * probabilities[reached, characters]
    successors = chain.successors[chain.rows[reached], characters]
    summed = np.bincount(successors.ravel(), flowing.ravel(), len(chain))
    return summed.astype(np.float64, copy=False)
