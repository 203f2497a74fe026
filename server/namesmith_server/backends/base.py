"""The interface of a backend. Knows numpy; knows no runtime and no caller."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Contexts = NDArray[np.int64]
"""Contexts [B, L], oldest symbol first."""

LogProbs = NDArray[np.float32]
"""Natural-log probabilities."""

CHUNK = 4096
"""Contexts that are run at once."""


class BackendError(RuntimeError):
    """A backend that cannot be used here; the message says why."""


class Backend(ABC):
    """Computes the model's conditional distributions.

    Attributes:
        name: what the command line calls it: "table", "onnx" or "torchscript".
        device: where it computes: "cpu" or "cuda".
    """

    name: ClassVar[str]
    device: str

    @abstractmethod
    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Log P(next symbol | context): int64 [B, L] -> float32 [B, V], B >= 1."""

    def chosen(self, contexts: Contexts, targets: NDArray[np.integer]) -> LogProbs:
        """Log P(target | context): int64 [N, L] and ids [N] -> float32 [N]."""
        chosen = np.empty(len(targets), dtype=np.float32)
        for at in range(0, len(targets), CHUNK):
            chunk = slice(at, at + CHUNK)
            rows = self.log_probs(contexts[chunk])
            chosen[chunk] = np.take_along_axis(rows, targets[chunk, None], 1)[:, 0]
        return chosen
