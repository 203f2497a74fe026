"""The arrays that a backend is asked with, and answers with."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from namesmith_server.backends.base.errors import BackendError

Contexts = NDArray[np.int64]
"""Contexts [B, L], oldest symbol first."""

LogProbs = NDArray[np.floating]
"""Natural logs of probabilities, of the precision of the backend that answers them."""

Precision = Literal["float32", "float64"]
"""Type of the numbers that a backend computes with and answers."""


def check_numbers(log_probs: LogProbs) -> None:
    """Refuse answers that are not numbers, which a network may give for a context of its own.

    Raises:
        BackendError: an answer is not a number.
    """
    if np.isnan(log_probs).any():
        raise BackendError("the model answers not-a-number")
