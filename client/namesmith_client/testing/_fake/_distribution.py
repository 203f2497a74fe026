"""The distributions of the fake model: that of the next symbol, behind each symbol.

A distribution is a row of integers that sum to ``UNIT``, so that the probability of a name, and the
sum over all names of a constraint, are exact.
"""

import math
from collections import Counter
from functools import cache, lru_cache
from itertools import pairwise

from namesmith.v1 import names_pb2
from namesmith.vocabulary import END, Vocabulary
from namesmith_client.testing._fake._data import SYMBOLS, TRAIN

UNIT = 1 << 20
"""Sum of the weights of a row: the weight of what is certain."""

VOCABULARY = Vocabulary(SYMBOLS)
"""The vocabulary of the fake model."""

Rows = tuple[tuple[int, ...], ...]
"""Weights of the next symbol, by the id of the symbol before it and by its own id."""


@cache
def trained_rows() -> Rows:
    """Count the symbols behind each symbol in the training names, each pair once more."""
    size = len(VOCABULARY)
    pairs = Counter(pair for name in TRAIN for pair in pairwise([END, *_ids(name), END]))
    counts = [[pairs[row, column] + 0.1 for column in range(size)] for row in range(size)]
    return tuple(_weights([one / sum(row) for one in row]) for row in counts)


@lru_cache(maxsize=64)
def sampled_rows(temperature: float, top_k: int, top_p: float, min_p: float) -> Rows:
    """Return the rows under a sampling, whose fields apply in the order of the arguments."""
    if (temperature, top_k, top_p, min_p) == (1, 0, 1, 0):
        return trained_rows()
    return tuple(
        _weights(_sampled([one / UNIT for one in row], temperature, top_k, top_p, min_p))
        for row in trained_rows()
    )


def rows_of(sampling: names_pb2.Sampling) -> Rows:
    """Return the rows under the sampling of a request."""
    return sampled_rows(
        sampling.temperature if sampling.HasField("temperature") else 1.0,
        sampling.top_k,
        sampling.top_p if sampling.HasField("top_p") else 1.0,
        sampling.min_p if sampling.HasField("min_p") else 0.0,
    )


def symbol_log_probs(name: str) -> list[float]:
    """Return the natural-log probabilities of a name's symbols, the end symbol's last.

    Raises:
        UnknownCharacterError: a character is outside the vocabulary.
    """
    path = [END, *VOCABULARY.encode(name), END]
    return [math.log(trained_rows()[row][column] / UNIT) for row, column in pairwise(path)]


def log_prob(name: str) -> float:
    """Return the natural-log probability of a name."""
    return math.fsum(symbol_log_probs(name))


def _ids(name: str) -> list[int]:
    return VOCABULARY.encode(name)


def _sampled(
    row: list[float], temperature: float, top_k: int, top_p: float, min_p: float
) -> list[float]:
    """Return a distribution under a sampling."""
    best = max(row)
    if temperature == 0:
        row = [float(i == row.index(best)) for i in range(len(row))]
    else:
        row = _normalised([(one / best) ** (1 / temperature) for one in row])
    ranked = sorted(row, reverse=True)
    if top_k:
        row = _normalised([one if one >= ranked[top_k - 1] else 0.0 for one in row])
    if top_p < 1:
        row = _nucleus(row, top_p)
    least = min_p * max(row)
    return _normalised([one if one >= least else 0.0 for one in row])


def _nucleus(row: list[float], top_p: float) -> list[float]:
    """Keep the smallest set of most probable symbols whose probabilities reach ``top_p``."""
    kept, total = [0.0] * len(row), 0.0
    for i in sorted(range(len(row)), key=row.__getitem__, reverse=True):
        if total >= top_p:
            break
        kept[i] = row[i]
        total += row[i]
    return _normalised(kept)


def _normalised(row: list[float]) -> list[float]:
    total = math.fsum(row)
    return [one / total for one in row]


def _weights(row: list[float]) -> tuple[int, ...]:
    """Return a distribution as integers that sum to ``UNIT``; a positive one stays positive."""
    weights = [max(1, int(one * UNIT)) if one else 0 for one in row]
    weights[weights.index(max(weights))] += UNIT - sum(weights)
    return tuple(weights)
