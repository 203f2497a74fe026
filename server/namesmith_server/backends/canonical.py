"""The canonical form of a network without a chain: ONNX Runtime on the CPU, in float64."""

import numpy as np

from namesmith.bundle import Bundle
from namesmith_server.backends import registry
from namesmith_server.backends.base import (
    Backend,
    BackendConfig,
    BackendError,
    BackendUnavailableError,
    Contexts,
    LogProbs,
)
from namesmith_server.backends.opening import check_answers, open_backend

CANONICAL = "onnx"
"""Name of the backend that is the canonical form."""


class OneAtATime(Backend):
    """A backend that computes each context by itself.

    In float32, the result of a context in a batch depends on the other contexts by some 1e-6.
    """

    name = "one at a time"
    files = ()

    def __init__(self, backend: Backend) -> None:
        """Set the backend that computes."""
        super().__init__(b"", BackendConfig(vocab_size=0, block_size=0, device=backend.device))
        self._backend = backend

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return log P(next symbol | context): int64 [B, L] -> float32 [B, V]."""
        return np.concatenate([self._backend.log_probs(context[None]) for context in contexts])


def open_canonical(bundle: Bundle) -> Backend:
    """Open the canonical form of a network, the same whichever backend is chosen.

    A graph that cannot be widened to float64, such as one with an operator for which ONNX Runtime
    has no float64 code, computes in float32, one context at a time.

    Raises:
        BackendUnavailableError: ONNX Runtime is not installed.
        BackendError: ONNX Runtime cannot run the file.
        BundleError: the bundle holds no such file, or one that differs from its description.
    """
    onnx = registry.get(CANONICAL)
    try:
        double = open_backend(onnx, bundle, precision="float64")
        check_answers(double, bundle)
    except BackendUnavailableError:
        raise
    except BackendError:
        return OneAtATime(open_backend(onnx, bundle))
    return double
