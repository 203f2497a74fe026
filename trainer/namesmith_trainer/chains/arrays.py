"""Types of the arrays of this folder."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.integer[Any]]
"""Array of integers: symbols, states, ids or counts."""

Reals = NDArray[np.float64]
"""Array of float64."""
