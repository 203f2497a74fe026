"""The statistics of all names of a chain: their entropy and lengths, exactly."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import MAX_LENGTH
from namesmith.vocabulary import END
from namesmith_server.engine.core import Floats, checkpoint
from namesmith_server.engine.markov.chain import Chain

NEGLIGIBLE = 1e-15
"""Probability of all longer names below which the sum over lengths ends."""

LONGEST = 100_000
"""Number of lengths, from 0 on, that the sum over lengths examines at most."""


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
        P: probability of each next symbol in each state, [S, V].
        first: place of the first state of each row, [R].
        even: whether all rows have the same number of states, as in a table, so that one product
            sums their probabilities.
    """
    summed: Floats
    if even:
        shape = len(first), -1, P.shape[1]
        summed = np.einsum("rg,rgv->rv", at.reshape(shape[:2]), P.reshape(shape))
    else:
        summed = np.add.reduceat(at[:, None] * P, first)
    return summed
