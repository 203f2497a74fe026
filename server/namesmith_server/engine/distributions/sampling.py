"""The settings under which each conditional distribution is transformed before it is drawn from."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Sampling(NamedTuple):
    """One setting of each logits processor; they apply in the order of the fields.

    Attributes:
        temperature: divisor of the log-probabilities, in [0, 10]; 0 keeps the most probable symbol
            alone.
        top_k: number of most probable symbols that are kept, in [0, V]; 0 keeps all symbols.
        top_p: probability that the kept symbols together reach, in (0, 1]: the smallest set of
            most probable symbols that reaches it is kept.
        min_p: least probability of a kept symbol, as a share of the greatest probability, in
            [0, 1].
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
