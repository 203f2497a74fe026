"""The probability that two draws are the same name, estimated from names that were drawn."""

import math
from collections import Counter

import numpy as np

from namesmith_server.engine.core import EncodedNames, Floats, name_count, split_names
from namesmith_server.engine.model.estimates import Z_95, proportion

LEAST_DRAWN = 3
"""Least number of names of which an estimate is made."""


def estimated_collisions(names: EncodedNames) -> float:
    """Estimate the probability that two draws are the same name, from above, in (0, 1].

    The share of equal pairs among all pairs of the drawn names is unbiased (a U-statistic,
    Hoeffding 1948). The estimate is the upper end of its 95 % interval, whose variance has two
    parts: equal pairs are few, which ``proportion`` tells, and pairs share names, which adds
    4 (E p^2 - (E p)^2) / n for the probability p of a name that is drawn.

    Args:
        names: names that were drawn independently, n of them.
    """
    if name_count(names) < LEAST_DRAWN:
        return 1.0
    counts = _counts(names)
    n = float(counts.sum())
    pairs = n * (n - 1) / 2
    equal = float((counts * (counts - 1)).sum() / 2)
    share = equal / pairs
    triples = float((counts * (counts - 1) * (counts - 2)).sum()) / (pairs * 2 * (n - 2))
    few = proportion(round(equal), round(pairs)).high - share
    shared = Z_95**2 * 4 * max(triples - share**2, 0.0) / n
    return min(share + math.sqrt(few**2 + shared), 1.0)


def _counts(names: EncodedNames) -> Floats:
    """Return the number of times that each distinct name was drawn."""
    return np.array(list(Counter(name.tobytes() for name in split_names(names)).values()), float)
