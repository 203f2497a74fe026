"""``Mixture``: teachers weighed by how well counts know a history.

A counted model is right where it has seen a context often, a network where it has not. Histories
are therefore put into classes, by the length of the longest context that was counted and by how
often it was, and every class has its own weights. The weights are those that give the val split
the greatest likelihood, found by expectation maximisation (Jelinek and Mercer 1980, "Interpolated
estimation of Markov source parameters from sparse data"); those of a class with few symbols stay
close to the weights of all.
"""

from collections.abc import Sequence

import numpy as np

from namesmith_trainer.chains import Integers, KneserNey, Reals
from namesmith_trainer.distillation.histories import Distributions, parts
from namesmith_trainer.distillation.teachers import NetworkTeacher

ITERATIONS = 60
"""Number of iterations of expectation maximisation; the weights move no more long before."""

PRIOR = 20.0
"""Number of symbols of a class that weigh as much as the weights of all classes together."""

COUNT_CLASSES = 6
"""Number of classes by count: 1, 2 to 3, 4 to 7, ..., and 32 or more."""


class Mixture:
    """Networks and a counted model, weighed by classes of histories.

    Attributes:
        networks: teachers that are networks.
        counted: teacher that counts.
        weights: weight of each network, then of the counted model, in each class: float64
            [classes, M], each row with the sum 1.
    """

    def __init__(self, networks: Sequence[NetworkTeacher], counted: KneserNey) -> None:
        """Weigh all teachers equally."""
        self.networks = networks
        self.counted = counted
        models = len(networks) + 1
        self.weights: Reals = np.full((counted.order * COUNT_CLASSES, models), 1 / models)

    @property
    def length(self) -> int:
        """Number of symbols of the histories that the teachers look at."""
        return max([self.counted.order - 1, *(one.block_size for one in self.networks)])

    def fit(self, histories: Integers, targets: Integers, counts: Integers | None = None) -> Reals:
        """Find the weights for histories int64 [N, L] and their next symbols [N] of the val split.

        Args:
            histories: the histories.
            targets: the symbol after each.
            counts: count of each symbol, [N]; they weigh as much together as N symbols do. None:
                each counts once.

        Returns:
            the weight of each teacher averaged over the symbols, float64 [M].
        """
        likelihoods: Reals = np.concatenate(
            [
                self._likelihoods(histories[part], targets[part])
                for part in parts(len(targets), self.counted.vocab_size)
            ]
        )
        classes = self._classes(histories)
        shared = np.full((1, likelihoods.shape[1]), 1 / likelihoods.shape[1])
        occurrences = np.ones(len(targets)) if counts is None else counts / counts.mean()
        none: Integers = np.zeros(len(targets), np.int64)
        for _ in range(ITERATIONS):
            shared = _maximised(likelihoods, shared, none, 0 * shared, occurrences)
        weights = np.repeat(shared, len(self.weights), 0)
        for _ in range(ITERATIONS):
            weights = _maximised(likelihoods, weights, classes, PRIOR * shared, occurrences)
        self.weights = weights
        averages: Reals = (weights[classes] * occurrences[:, None]).mean(0)
        return averages

    def probabilities(self, histories: Integers) -> Distributions:
        """Return the distributions float32 [N, V] after histories int64 [N, L]."""
        weights = self.weights[self._classes(histories)]
        mixed = np.zeros((len(histories), self.counted.vocab_size))
        for weight, probabilities in zip(weights.T, self._all(histories), strict=True):
            mixed += weight[:, None] * probabilities
        mixed /= mixed.sum(1, keepdims=True)
        return mixed.astype(np.float32)

    def _likelihoods(self, histories: Integers, targets: Integers) -> Reals:
        """Return the probability that each teacher gives each target, float64 [N, M]."""
        at = np.arange(len(targets))
        chosen = [one[at, targets].astype(np.float64) for one in self._all(histories)]
        return np.stack(chosen, 1)

    def _all(self, histories: Integers) -> list[Distributions | Reals]:
        """Return the distributions of each teacher."""
        of_networks = [one.probabilities(histories) for one in self.networks]
        return [*of_networks, self.counted.probabilities(histories)]

    def _classes(self, histories: Integers) -> Integers:
        """Return the class of each history, int64 [N]."""
        counts = self.counted.counts(histories)
        longest = (counts > 0).sum(1) - 1
        seen = counts[np.arange(len(counts)), longest]
        by_count = np.minimum(np.log2(np.maximum(seen, 1)).astype(np.int64), COUNT_CLASSES - 1)
        classes: Integers = longest * COUNT_CLASSES + by_count
        return classes


def _maximised(
    likelihoods: Reals, weights: Reals, classes: Integers, prior: Reals, occurrences: Reals
) -> Reals:
    """Return the weights [classes, M] after one step of expectation maximisation.

    Args:
        likelihoods: probability that each teacher gives each symbol, [N, M].
        weights: weights before the step, [classes, M].
        classes: class of each symbol, [N].
        prior: symbols of each teacher that every class is given beside its own, [1, M].
        occurrences: number of times that each symbol counts, [N].
    """
    shares = likelihoods * weights[classes]
    shares /= shares.sum(1, keepdims=True)
    shares *= occurrences[:, None]
    of_classes = [np.bincount(classes, share, len(weights)) for share in shares.T]
    sums: Reals = np.stack(of_classes, 1) + prior
    total = sums.sum(1, keepdims=True)
    return np.where(total > 0, sums / np.maximum(total, 1e-300), weights)
