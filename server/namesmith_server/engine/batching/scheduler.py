"""The scheduler of continuous batching.

One batch advances the sequences of all requests in flight by a symbol at a time. Ended sequences
leave at once, waiting sequences join at the next step. The batch runs in a thread of its own.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from queue import SimpleQueue
from threading import Thread

import numpy as np

from namesmith_server.backends.base import (
    Backend,
    BackendError,
    Contexts,
    DeviceLostError,
    DeviceMemoryError,
    LogProbs,
    check_numbers,
)
from namesmith_server.engine.batching.batch import Batch
from namesmith_server.engine.batching.exact_fallback import ConsistentSampler
from namesmith_server.engine.batching.scheduled_request import Candidates, ScheduledRequest
from namesmith_server.engine.batching.sequences import Sequences
from namesmith_server.engine.core import Symbols, work_counts
from namesmith_server.engine.errors import BatchFailedError
from namesmith_server.engine.markov import ConditionedChain, Start
from namesmith_server.engine.request import GenerateRequest

MAX_SEQUENCES = 1024
"""Largest number of sequences that step together."""

BUCKET_STEP = 64
"""Difference of two neighbouring large buckets, in sequences: a padded row takes time as well."""

MAX_SEQUENCES_PER_REQUEST = 96
"""Largest number of sequences of one request in the batch: a large request must neither make the
steps of small requests long nor take all room; 96 and a small request fit the bucket of 128."""

Outcome = tuple[ScheduledRequest, Candidates | Exception | None]
"""A request with its candidates or its error; None in their place where it is cancelled."""


log = logging.getLogger(__name__)


class BatchScheduler:
    """Runs requests on a backend.

    ``draw`` is called on the event loop. The thread alone touches ``_batch`` and ``_queue``;
    requests go to it through ``_arriving``, candidates come back by ``call_soon_threadsafe``.
    """

    def __init__(
        self, backend: Backend, sampler: ConsistentSampler, block_size: int, vocab_size: int
    ) -> None:
        """Warm the backend for every bucket, and start the thread.

        Raises:
            BackendError: for a bucket, the backend fails or does not answer float32 [B, V].
        """
        self._backend = backend
        self._sampler = sampler
        self._vocab_size = vocab_size
        self._batch = Batch(MAX_SEQUENCES, block_size)
        self._queue: deque[ScheduledRequest] = deque()
        self._arriving: SimpleQueue[ScheduledRequest | None] = SimpleQueue()
        self._closing = False
        self._closed = False
        self._warm(block_size)
        self._thread = Thread(target=self._run, name="batch", daemon=True)
        self._thread.start()

    async def draw(
        self,
        request: GenerateRequest,
        chain: ConditionedChain | None = None,
        start: Start | None = None,
    ) -> Candidates:
        """Draw a candidate for each row of a request, given the request's prefix.

        With a chain, which weighs the next symbols, and the place in it behind the prefix, every
        candidate has an allowed length. Content is for the caller to check.

        Raises:
            CancelledError: the scheduler is closed.
            BatchFailedError: the backend failed on the whole batch.
        """
        if self._closed:
            raise asyncio.CancelledError
        result: asyncio.Future[Candidates] = asyncio.get_running_loop().create_future()
        self._arriving.put(ScheduledRequest(request, chain, start, result))
        work_counts.waiting += 1
        try:
            return await result
        finally:
            work_counts.waiting -= 1

    def close(self) -> None:
        """End the thread; requests in flight are cancelled."""
        self._closed = True
        self._arriving.put(None)
        self._thread.join()

    def _run(self) -> None:
        while not self._closing:
            try:
                if self._schedule():
                    self._postprocess(self._step())
            except Exception as error:  # noqa: BLE001 - whatever the runtime raises
                self._isolate(error)
        self._fail([*self._queue, *self._batch.requests()], None)

    def _schedule(self) -> bool:
        """Fill the batch, waiting while no request is there; tell whether it holds a sequence."""
        self._receive(block=not self._queue and not len(self._batch))
        self._drop_cancelled()
        self._fill()
        return len(self._batch) > 0

    def _step(self) -> Symbols:
        """Draw the next symbol of each sequence."""
        return self._draw(self._batch.sequences)

    def _draw(self, sequences: Sequences) -> Symbols:
        """Draw the next symbol of each of some sequences of the batch; they stay as they are."""
        contexts = np.ascontiguousarray(sequences["context"])
        return self._sampler.sample(sequences, self._log_probs(contexts))

    def _isolate(self, error: Exception) -> None:
        """Fail the requests on which a step has failed; the others go on at the next step.

        A request that fails by itself, beside others that do not, meets the error. Where all fail,
        or none by itself, nobody knows whose fault it is.
        """
        requests = self._batch.requests()
        failures = [(request, self._failure(request)) for request in requests]
        failed = [(request, failure) for request, failure in failures if failure is not None]
        if not failed or len(failed) == len(requests):
            told = _error_of_all(error, len(requests))
            failed = [(request, told) for request in requests]
        for request, failure in failed:
            self._fail([request], failure)

    def _failure(self, request: ScheduledRequest) -> Exception | None:
        """Return the error of a step of a request's sequences alone; None where it succeeds."""
        sequences = self._batch.sequences
        own = np.array([other is request for other in sequences["request"]], dtype=bool)
        try:
            self._draw(sequences[own])
        except Exception as error:  # noqa: BLE001 - whatever the runtime raises
            return error
        return None

    def _postprocess(self, symbols: Symbols) -> None:
        """Advance the sequences, and hand finished candidates to their callers."""
        finished = self._batch.advance(symbols)
        _resolve_futures([(request, request.candidates()) for request in finished])

    def _receive(self, *, block: bool) -> None:
        while block or not self._arriving.empty():
            request = self._arriving.get()
            if request is None:
                self._closing = True
            else:
                self._queue.append(request)
            block = False

    def _fill(self) -> None:
        """Give each waiting request in turn a share of the room."""
        for _ in range(len(self._queue)):
            room = self._batch.room
            if not room:
                return
            request = self._queue.popleft()
            fair = max(1, room // (len(self._queue) + 1))
            count = min(request.waiting, fair, MAX_SEQUENCES_PER_REQUEST - request.running)
            if count > 0:
                self._batch.add(request, count)
            if request.waiting:
                self._queue.append(request)

    def _drop_cancelled(self) -> None:
        for request in [*self._queue, *self._batch.requests()]:
            if request.result.cancelled():
                self._remove(request)

    def _remove(self, request: ScheduledRequest) -> None:
        self._batch.remove(request)
        if request in self._queue:
            self._queue.remove(request)

    def _fail(self, requests: Iterable[ScheduledRequest], error: Exception | None) -> None:
        """Remove the requests and fail their futures; without an error, cancel the futures."""
        failed = list(dict.fromkeys(requests))
        for request in failed:
            self._remove(request)
        _resolve_futures([(request, error) for request in failed])

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


def _error_of_all(error: Exception, requests: int) -> Exception:
    """Return the error that all requests of a batch meet: its own where its device is at fault.

    A device that has failed is told once, where it is watched, and not for each batch.
    """
    if isinstance(error, DeviceLostError):
        return error
    log.error("batch failed", exc_info=error, extra={"requests": requests})
    return error if isinstance(error, DeviceMemoryError) else BatchFailedError()


def _resolve_futures(outcomes: list[Outcome]) -> None:
    """Hand outcomes to their callers on the event loop, all in one wake-up of the loop."""
    if outcomes:
        outcomes[0][0].result.get_loop().call_soon_threadsafe(_set_results, outcomes)


def _set_results(outcomes: list[Outcome]) -> None:
    for request, outcome in outcomes:
        if request.result.done():  # cancelled meanwhile
            continue
        if outcome is None:
            request.result.cancel()
        elif isinstance(outcome, Exception):
            request.result.set_exception(outcome)
        else:
            request.result.set_result(outcome)
