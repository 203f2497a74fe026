"""What names are like as a whole, from the chain: entropy and lengths, exactly."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import MAX_LENGTH
from namesmith.vocabulary import END
from namesmith_server.engine.core import Floats, checkpoint
from namesmith_server.engine.markov.chain import Chain

NEGLIGIBLE = 1e-15
"""Probability of longer names at which the sum over lengths ends."""

LONGEST = 100_000
"""Characters of the longest names that enter the sum."""


class NameStatistics(NamedTuple):
    """Entropy and lengths of names.

    Attributes:
        entropy: of a name, nats.
        expected_length: characters.
        length_probabilities: of each length from 0 to MAX_LENGTH, float64 [MAX_LENGTH + 1].
    """

    entropy: float
    expected_length: float
    length_probabilities: Floats

    @property
    def entropy_per_symbol(self) -> float:
        """Entropy over the expected symbols, end symbol included, nats."""
        return self.entropy / (self.expected_length + 1)


def name_statistics(chain: Chain, probabilities: Floats) -> NameStatistics:
    """Compute the statistics of names of any length, the empty name among them.

    Steps a distribution over states forward. The entropy of a name is that of each next symbol,
    summed over the states that it comes through (chain rule).

    Args:
        chain: states and successors.
        probabilities: of the next symbol in each state, [S, V].
    """
    order = np.argsort(chain.rows, kind="stable")  # states with the same successors, together
    rows, first = np.unique(chain.rows[order], return_index=True)
    successors, P = chain.successors[rows].ravel(), probabilities[order]
    even = np.array_equal(first * len(rows), np.arange(len(rows)) * len(P))
    surprise = -(P * np.log(np.where(P > 0, P, 1))).sum(1)
    at = np.zeros(len(chain))
    at[chain.start] = 1
    entropy = expected = 0.0
    lengths = np.zeros(MAX_LENGTH + 1)
    for length in range(LONGEST):
        checkpoint()
        entropy += float(at[order] @ surprise)
        after = _summed_by_row(at[order], P, first, even=even)
        if length <= MAX_LENGTH:
            lengths[length] = after[:, END].sum()
        after[:, END] = 0
        at = np.bincount(successors, after.ravel(), len(chain)).astype(np.float64, copy=False)
        going = float(at.sum())
        if going < NEGLIGIBLE:
            break
        expected += going
    return NameStatistics(entropy, expected, lengths)


def _summed_by_row(at: Floats, P: Floats, first: NDArray[np.int64], *, even: bool) -> Floats:
    """Sum the probability [R, V] that flows to each successor from states that share a row.

    Args:
        at: probability of each state, [S], the states of a row side by side.
        P: of their next symbols, [S, V].
        first: first state of each row, [R].
        even: whether all rows have as many states, as in a table: one product then sums them.
    """
    summed: Floats
    if even:
        shape = len(first), -1, P.shape[1]
        summed = np.einsum("rg,rgv->rv", at.reshape(shape[:2]), P.reshape(shape))
    else:
        summed = np.add.reduceat(at[:, None] * P, first)
    return summed
