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
