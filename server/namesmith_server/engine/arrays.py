"""The arrays that the engine passes around, by name."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Reals = NDArray[np.floating]
"""Of single or double precision."""

Ids = NDArray[np.integer]
"""Symbols [B]."""

Rows = NDArray[np.int64]
"""Contexts [B] as base-V numbers, oldest symbol first: rows of the table."""


def parts(count: int, size: int) -> list[slice]:
    """What covers so many rows, in order, at most ``size`` at a time."""
    return [slice(at, min(at + size, count)) for at in range(0, count, size)]
