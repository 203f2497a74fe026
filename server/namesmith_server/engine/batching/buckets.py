"""Buckets: the batch sizes that a backend is run with, each of which has been run before.

A runtime prepares itself at the first run of a size, which no request shall wait for.
"""

import numpy as np

from namesmith_server.backends.base import Backend, BackendError, Contexts, LogProbs, check_numbers
from namesmith_server.engine.concurrency import background_threads
from namesmith_server.engine.core import chunk_slices

LARGEST = 192
"""Largest number of contexts that are run at once on a CPU: what a network of 128 units computes
between its layers stays in the cache, and a context takes 2.8 us in place of the 3.3 to 4.2 of 256
to 1,024 at once."""

LARGEST_ON_DEVICE = 1_024
"""Largest number of contexts that are run at once elsewhere."""

BUCKET_STEP = 64
"""Difference of two neighbouring large buckets, in contexts: a padded row takes time as well."""

THREADS = 2
"""Number of threads that run parts of many contexts at the same time."""

LEAST = 64
"""Least number of contexts in a part: fewer would take no longer than to wake a thread."""


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
        is_on_cpu = backend.device == "cpu"
        self._largest = LARGEST if is_on_cpu else LARGEST_ON_DEVICE
        self._pool = background_threads(THREADS, "scores") if is_on_cpu else None
        for size in sorted({_bucket(size) for size in range(1, self._largest + 1)}):
            contexts = np.zeros((size, block_size), dtype=np.int64)
            try:
                for _ in range(2):  # TorchScript compiles on the second run
                    self._run(contexts)
            except BackendError:
                raise
            except Exception as error:
                raise BackendError(f"the model does not run on {size} contexts at once") from error

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return the backend's log-probabilities [B, V] of contexts [B, L]; B >= 1.

        Raises:
            BackendError: the answer has another shape or type, or is not a number.
        """
        count, share = len(contexts), len(contexts)
        if self._pool is not None and count >= THREADS * LEAST:
            share = -(-count // THREADS)
        if count <= min(share, self._largest):
            return self._run(contexts)
        parts = [contexts[part] for part in chunk_slices(count, min(share, self._largest))]
        # A runtime on the CPU lets go of the interpreter's lock, and may be run by several threads.
        run = map if self._pool is None else self._pool.map
        return np.concatenate(list(run(self._run, parts)))

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
