"""The runner of sequences whose symbols are drawn on the host, from a backend's distributions."""

import numpy as np

from namesmith_server.backends.base import Backend, BackendError, Contexts, LogProbs, check_numbers
from namesmith_server.engine.batching.batch import Batch
from namesmith_server.engine.batching.exact_fallback import ConsistentSampler
from namesmith_server.engine.batching.runner import Runner
from namesmith_server.engine.batching.scheduled_request import ScheduledRequest
from namesmith_server.engine.batching.sequences import Sequences
from namesmith_server.engine.core import Symbols

MAX_SEQUENCES = 1024
"""Largest number of sequences that step together."""

BUCKET_STEP = 64
"""Difference of two neighbouring large buckets, in sequences: a padded row takes time as well."""

MAX_SEQUENCES_PER_REQUEST = 96
"""Largest number of sequences of one request in the batch: a large request must neither make the
steps of small requests long nor take all room; 96 and a small request fit the bucket of 128."""


class HostRunner(Runner):
    """A ``Runner`` that advances all its sequences by a symbol a step."""

    capacity = MAX_SEQUENCES
    share = MAX_SEQUENCES_PER_REQUEST
    alone = MAX_SEQUENCES_PER_REQUEST

    def __init__(
        self, backend: Backend, sampler: ConsistentSampler, block_size: int, vocab_size: int
    ) -> None:
        """Warm the backend for every bucket.

        Raises:
            BackendError: for a bucket, the backend fails or does not answer float32 [B, V].
        """
        self._backend = backend
        self._sampler = sampler
        self._vocab_size = vocab_size
        self._batch = Batch(MAX_SEQUENCES, block_size)
        self._warm(block_size)

    def __len__(self) -> int:
        return len(self._batch)

    def requests(self) -> list[ScheduledRequest]:
        """Return the requests that have sequences in the batch."""
        return self._batch.requests()

    def add(self, request: ScheduledRequest, count: int) -> None:
        """Begin the next ``count`` sequences of a request."""
        self._batch.add(request, count)

    def remove(self, request: ScheduledRequest) -> None:
        """Take a request's sequences out."""
        self._batch.remove(request)

    def step(self, most: int | None) -> list[ScheduledRequest]:
        """Draw the next symbol of each sequence; return the requests that are finished."""
        del most
        return self._batch.advance(self._draw(self._batch.sequences))

    def failure(self, request: ScheduledRequest) -> Exception | None:
        """Return the error of a step of a request's sequences alone; None where it succeeds."""
        sequences = self._batch.sequences
        own = np.array([other is request for other in sequences["request"]], dtype=bool)
        try:
            self._draw(sequences[own])
        except Exception as error:  # noqa: BLE001 - whatever the runtime raises
            return error
        return None

    def _draw(self, sequences: Sequences) -> Symbols:
        """Draw the next symbol of each of some sequences of the batch; they stay as they are."""
        contexts = np.ascontiguousarray(sequences["context"])
        return self._sampler.sample(sequences, self._log_probs(contexts))

    def _log_probs(self, contexts: Contexts) -> LogProbs:
        """Return the backend's log-probabilities [B, V] of contexts, padded to a warmed bucket."""
        size = len(contexts)
        padded = np.zeros((_bucket(size), contexts.shape[1]), dtype=np.int64)
        padded[:size] = contexts
        log_probs = self._backend.log_probs(padded)
        shape = len(padded), self._vocab_size
        if log_probs.shape != shape or log_probs.dtype != np.float32:  # compiled code trusts it
            raise BackendError(
                f"the model answers {log_probs.dtype} {list(log_probs.shape)} for {len(padded)}"
                f" contexts, not float32 {list(shape)}"
            )
        check_numbers(log_probs[:size])
        return log_probs[:size]

    def _warm(self, block_size: int) -> None:
        for size in sorted({_bucket(size) for size in range(1, MAX_SEQUENCES + 1)}):
            contexts = np.zeros((size, block_size), dtype=np.int64)
            try:
                for _ in range(2):  # TorchScript compiles on the second run
                    self._log_probs(contexts)
            except BackendError:
                raise
            except Exception as error:
                raise BackendError(f"the model does not run on {size} contexts at once") from error


def _bucket(size: int) -> int:
    """Return the bucket of a size: the next power of two, or the next multiple of BUCKET_STEP."""
    if size > BUCKET_STEP:
        return -(-size // BUCKET_STEP) * BUCKET_STEP
    return 1 << (size - 1).bit_length()
