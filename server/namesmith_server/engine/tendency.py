"""What names are like as a whole, drawn freely from a chain: entropy and lengths, exactly."""

from typing import NamedTuple

import numpy as np

from namesmith.vocabulary import END
from namesmith_server.engine.arrays import Floats
from namesmith_server.engine.parameters import MAX_LENGTH
from namesmith_server.engine.turns import breathe

LEFT = 1e-15
"""Probability of names that are longer than any looked at."""

LONGEST = 100_000
"""Characters of the longest names that are looked at."""


class Tendency(NamedTuple):
    """What names are like.

    Attributes:
        entropy: of a name, nats.
        expected_length: characters.
        lengths: probability of each length from 0 to MAX_LENGTH, float64 [MAX_LENGTH + 1].
    """

    entropy: float
    expected_length: float
    lengths: Floats

    @property
    def entropy_per_symbol(self) -> float:
        """Entropy over the expected symbols, end symbol included, nats."""
        return self.entropy / (self.expected_length + 1)


class Description(NamedTuple):
    """What a model believes of names as a whole, untransformed.

    Attributes:
        tendency: of names drawn freely.
        training_probability: of a name to be one of the training split's.
        training_names: distinct names of the training split.
        perplexities: of each split.
    """

    tendency: Tendency
    training_probability: float
    training_names: int
    perplexities: dict[str, float]


def tendency(probabilities: Floats) -> Tendency:
    """Of names of any length, the empty name among them; takes the table [V^L, V].

    Steps a distribution over contexts forward. The entropy of a name is that of each next symbol,
    summed over the contexts that it comes through (chain rule).
    """
    size = probabilities.shape[1]
    P = probabilities.reshape(size, -1, size)  # oldest symbol, the rest, next symbol
    surprise = -(P * np.log(np.where(P > 0, P, 1))).sum(2)
    at = np.zeros(P.shape[:2])
    at[END, END] = 1  # all names start behind end symbols
    entropy = expected = 0.0
    lengths = np.zeros(MAX_LENGTH + 1)
    for length in range(LONGEST):
        breathe()
        entropy += float((at * surprise).sum())
        after = np.einsum("ot,otv->tv", at, P)
        if length <= MAX_LENGTH:
            lengths[length] = after[:, END].sum()
        after[:, END] = 0
        at = after.reshape(at.shape)
        going = float(at.sum())
        if going < LEFT:
            break
        expected += going
    return Tendency(entropy, expected, lengths)
