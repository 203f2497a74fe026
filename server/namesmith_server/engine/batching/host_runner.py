"""The runner whose distributions come to the host: symbols are drawn here, one step at a time."""

import numpy as np

from namesmith_server.backends.base import Backend
from namesmith_server.engine.batching.batch import Batch, Places
from namesmith_server.engine.batching.buckets import Buckets
from namesmith_server.engine.batching.exact_fallback import ConsistentSampler
from namesmith_server.engine.batching.runner import Runner
from namesmith_server.engine.batching.scheduled_request import ScheduledRequest
from namesmith_server.engine.core import Symbols
from namesmith_server.engine.memo import Memo
from namesmith_server.engine.native.layouts import GOING

CAPACITY = 2_048
"""Largest number of sequences in flight, most of which may pause."""

ALONE = 1_024
"""Largest number of sequences of one caller that is alone."""

SHARE = 96
"""Largest number of sequences of one caller that advance beside others: a large request must not
make the steps of small requests long; 96 and a small request fit the bucket of 128."""


class HostRunner(Runner):
    """A ``Runner`` on any backend."""

    capacity, alone, share = CAPACITY, ALONE, SHARE

    def __init__(
        self,
        backend: Backend,
        sampler: ConsistentSampler,
        block_size: int,
        vocab_size: int,
        *,
        memo: int = 0,
    ) -> None:
        """Warm the backend for every bucket.

        Args:
            backend: backend that computes the distributions.
            sampler: sampler of next symbols.
            block_size: number of symbols of a context.
            vocab_size: number of symbols of the model.
            memo: number of distributions that are kept for later steps; 0: none.

        Raises:
            BackendError: for a bucket, the backend fails or does not answer [B, V] in its
                precision.
        """
        self._backend: Backend = Buckets(backend, block_size, vocab_size)
        self._memo = Memo(self._backend, block_size, vocab_size, memo) if memo else None
        self.size = 0 if self._memo is None else self._memo.size
        self._sampler = sampler
        self._batch = Batch(CAPACITY, block_size)

    def __len__(self) -> int:
        return len(self._batch)

    def requests(self) -> list[ScheduledRequest]:
        """Return the requests that have sequences in flight."""
        return self._batch.requests()

    def add(self, request: ScheduledRequest, count: int) -> None:
        """Let the next ``count`` sequences of a request join."""
        self._batch.add(request, count)

    def remove(self, request: ScheduledRequest) -> None:
        """Take the sequences of a request out."""
        self._batch.remove(request)

    def step(self, most: int | None) -> list[ScheduledRequest]:
        """Draw the next symbol of each sequence that advances.

        A sequence whose contexts are known walks on to the first that is not, or to its end: it
        waits for no batch.
        """
        going = self._batch.going(most)
        if self._memo is not None:
            sequences = self._batch.sequences
            self._sampler.walk(self._memo, sequences, going)
            going = going[sequences["status"][going] == GOING]
        if going.size:
            self._batch.append(going, self._draw(going))
        return self._batch.take_ended()

    def failure(self, request: ScheduledRequest) -> Exception | None:
        """Draw for a request's sequences alone, which stay as they are; return the error."""
        try:
            going = self._batch.going_of(request)
            if going.size:
                self._draw(going)
        except Exception as error:  # noqa: BLE001 - whatever the runtime raises
            return error
        return None

    def _draw(self, places: Places) -> Symbols:
        """Draw the next symbol of each of some sequences, which stay as they are."""
        sequences = self._batch.sequences[places]
        contexts = np.ascontiguousarray(sequences["context"])
        log_probs = (self._memo or self._backend).log_probs(contexts)
        return self._sampler.sample(sequences, log_probs, self._batch.chains)
