"""Drawing a symbol by inverting the cumulative distribution."""

import numpy as np

from namesmith_server.engine.core import Floats, Symbols


def cumulated(weights: Floats) -> Floats:
    """Return the cumulative distributions [B, V] of weights [B, V]; each row ends in 1."""
    sums = weights.cumsum(1)
    with np.errstate(invalid="ignore"):  # a row without weight becomes not-a-number
        sums /= sums[:, -1:]
    return sums


def choose(cumulative: Floats, u: Floats) -> Symbols:
    """Return the symbol [B] whose share of [0, 1) contains each draw u [B]."""
    chosen: Symbols = (u[:, None] >= cumulative).sum(1)
    return chosen
