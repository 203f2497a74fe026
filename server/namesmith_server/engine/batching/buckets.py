"""Buckets: the batch sizes that a backend is run with, each of which has been run before.

A runtime prepares itself at the first run of a size, which no request shall wait for.
"""

import numpy as np

from namesmith_server.backends.base import Backend, BackendError, Contexts, LogProbs, check_numbers

LARGEST = 1_024
"""Largest number of contexts that are run at once."""

BUCKET_STEP = 64
"""Difference of two neighbouring large buckets, in contexts: a padded row takes time as well."""


class Buckets(Backend):
    """A backend that is run with warmed batch sizes alone, and whose answers are checked."""

    name = "buckets"
    files = ()

    def __init__(self, backend: Backend, block_size: int, vocab_size: int) -> None:
        """Run every bucket, with contexts of ``block_size`` symbols.

        Raises:
            BackendError: for a bucket, the backend fails or does not answer [B, V] in its
                precision.
        """
        self.device, self.precision = backend.device, backend.precision
        self._backend = backend
        self._vocab_size = vocab_size
        for size in sorted({_bucket(size) for size in range(1, LARGEST + 1)}):
            contexts = np.zeros((size, block_size), dtype=np.int64)
            try:
                for _ in range(2):  # TorchScript compiles on the second run
                    self.log_probs(contexts)
            except BackendError:
                raise
            except Exception as error:
                raise BackendError(f"the model does not run on {size} contexts at once") from error

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return the backend's log-probabilities [B, V] of contexts [B, L]; B >= 1.

        Raises:
            BackendError: the answer has another shape or type, or is not a number.
        """
        if len(contexts) <= LARGEST:
            return self._run(contexts)
        parts = range(0, len(contexts), LARGEST)
        return np.concatenate([self._run(contexts[at : at + LARGEST]) for at in parts])

    def _run(self, contexts: Contexts) -> LogProbs:
        size = len(contexts)
        padded = np.zeros((_bucket(size), contexts.shape[1]), dtype=np.int64)
        padded[:size] = contexts
        log_probs = self._backend.log_probs(padded)
        shape, precision = (len(padded), self._vocab_size), self._backend.precision
        if log_probs.shape != shape or log_probs.dtype != precision:  # compiled code trusts it
            raise BackendError(
                f"the model answers {log_probs.dtype} {list(log_probs.shape)} for {len(padded)}"
                f" contexts, not {precision} {list(shape)}"
            )
        check_numbers(log_probs[:size])
        return log_probs[:size]


def _bucket(size: int) -> int:
    """Return the bucket of a size: the next power of two, or the next multiple of BUCKET_STEP."""
    if size > BUCKET_STEP:
        return -(-size // BUCKET_STEP) * BUCKET_STEP
    return 1 << (size - 1).bit_length()
