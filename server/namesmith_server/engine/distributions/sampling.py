"""The settings under which each conditional distribution is transformed before it is drawn from."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Sampling(NamedTuple):
    """One setting of each logits processor; they apply in the order of the fields.

    Attributes:
        temperature: divides the log-probabilities, in [0, 10]; 0 is greedy.
        top_k: keeps the k most probable symbols, in [0, V]; 0 keeps all.
        top_p: keeps the smallest set of most probable symbols that holds it, in (0, 1].
        min_p: keeps symbols at least min_p times as probable as the most probable, in [0, 1].
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0


class SamplingBatch(NamedTuple):
    """One ``Sampling`` for each row of a batch: an array [B] of each setting."""

    temperature: NDArray[np.float64]
    top_k: NDArray[np.int64]
    top_p: NDArray[np.float64]
    min_p: NDArray[np.float64]
