"""Sampling on a backend that computes each step: continuous batching.

One batch advances the rows of all orders in flight by a symbol at a time. Ended rows leave at
once, waiting ones join at the next step. The batch runs in a thread of its own.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from queue import SimpleQueue
from threading import Thread

import numpy as np

from namesmith_server.backends.base import Backend, BackendError, Contexts, LogProbs
from namesmith_server.engine.arrays import Ids
from namesmith_server.engine.batch import Batch, Job
from namesmith_server.engine.chains import Chains
from namesmith_server.engine.decider import Canonical, Decider
from namesmith_server.engine.frames import Frames
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.stream import Codec, Stream

CAPACITY = 1024
"""Rows that step together."""

PART = 512
"""Names of a stream that are drawn at once: each takes memory until the last of them has ended."""

FINE = 64
"""Rows between the sizes of large batches: padding takes as long as rows do."""

SHARE = 96
"""Rows of the batch that one order may take: a large one must not make the steps of small ones
long, nor leave them no room. With a small one beside it they still are a batch of 128."""


Outcome = tuple[Job, Stream | Exception | None]
"""None: the order is cancelled."""


class StepwiseSampler:
    """A ``Sampler`` on a backend.

    ``sample`` runs on the event loop, all that touches ``_batch`` and ``_queue`` on the thread;
    orders go to it through ``_arriving``, names come back by ``call_soon_threadsafe``.
    """

    part = PART

    def __init__(
        self,
        backend: Backend,
        canonical: Canonical,
        chains: Chains | None,
        codec: Codec,
        block_size: int,
    ) -> None:
        """Takes the chains where the model has a table; runs every batch size.

        Raises:
            BackendError: the backend does not answer one of them as it should.
        """
        self._backend = backend
        self._decider = Decider(canonical)
        self._chains = chains
        self._codec = codec
        self._batch = Batch(CAPACITY, block_size)
        self._queue: deque[Job] = deque()
        self._arriving: SimpleQueue[Job | None] = SimpleQueue()
        self._closing = False
        self._closed = False
        self._warm(block_size)
        self._thread = Thread(target=self._run, name="stepwise", daemon=True)
        self._thread.start()

    def at_once(self, order: Order) -> None:
        """As ``Sampler``: never."""

    async def sample(self, order: Order) -> Frames:
        """As ``Sampler``."""
        chain = None
        if self._chains is not None:
            chain = self._chains.ready(order) or await self._chains.get(order)
            if chain.likely(order.constraint.prefix) is None:
                await asyncio.to_thread(chain.start, order.constraint.prefix)  # raises
        done: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()
        if self._closed:
            raise asyncio.CancelledError
        self._arriving.put(Job(order, chain, done))
        stream = await done
        if order.count <= PART:
            return self._codec.frames(stream)
        return await asyncio.to_thread(self._codec.frames, stream)

    def close(self) -> None:
        """As ``Sampler``."""
        self._closed = True
        self._arriving.put(None)
        self._thread.join()

    def _run(self) -> None:
        while not self._closing:
            try:
                if self._admit():
                    self._retire(self._step())
            except Exception as error:  # noqa: BLE001 - whatever the runtime raises
                self._fail(self._batch.jobs(), error)
        self._fail([*self._queue, *self._batch.jobs()], None)

    def _admit(self) -> bool:
        """Lets waiting rows join, waits while there are none; returns whether there are some."""
        self._receive(block=not self._queue and not len(self._batch))
        self._drop_cancelled()
        self._join()
        return len(self._batch) > 0

    def _step(self) -> Ids:
        """The next symbol of each row."""
        contexts = np.ascontiguousarray(self._batch.contexts)
        return self._decider.symbols(self._batch.rows, self._log_probs(contexts))

    def _retire(self, symbols: Ids) -> None:
        """Advances the rows, and hands the names of the orders that end to their callers."""
        outcomes: list[Outcome] = [(job, job.stream()) for job in self._batch.advance(symbols)]
        for job, error in self._batch.failures():
            self._leave(job)
            outcomes.append((job, error))
        _settle(outcomes)

    def _receive(self, *, block: bool) -> None:
        while block or not self._arriving.empty():
            job = self._arriving.get()
            if job is None:
                self._closing = True
            else:
                self._queue.append(job)
            block = False

    def _join(self) -> None:
        """A share of the room for each waiting order in turn."""
        for _ in range(len(self._queue)):
            room = self._batch.room
            if not room:
                return
            job = self._queue.popleft()
            fair = max(1, room // (len(self._queue) + 1))
            count = min(job.waiting, fair, SHARE - job.going)
            if count > 0:
                self._batch.join(job, count)
            if job.waiting:
                self._queue.append(job)

    def _drop_cancelled(self) -> None:
        for job in [*self._queue, *self._batch.jobs()]:
            if job.done.cancelled():
                self._leave(job)

    def _leave(self, job: Job) -> None:
        self._batch.drop(job)
        if job in self._queue:
            self._queue.remove(job)

    def _fail(self, jobs: Iterable[Job], error: Exception | None) -> None:
        """A step that failed fails the orders whose rows were in it, and no other."""
        failed = list(dict.fromkeys(jobs))
        for job in failed:
            self._leave(job)
        _settle([(job, error) for job in failed])

    def _log_probs(self, contexts: Contexts) -> LogProbs:
        """By batches of few sizes, each run before."""
        size = len(contexts)
        padded = np.zeros((_bucket(size), contexts.shape[1]), dtype=np.int64)
        padded[:size] = contexts
        log_probs = self._backend.log_probs(padded)
        shape = len(padded), self._codec.vocab_size
        if log_probs.shape != shape or log_probs.dtype != np.float32:  # compiled code trusts it
            raise BackendError(
                f"the model answers {log_probs.dtype} {list(log_probs.shape)} for {len(padded)}"
                f" contexts, not float32 {list(shape)}"
            )
        return log_probs[:size]

    def _warm(self, block_size: int) -> None:
        for size in sorted({_bucket(size) for size in range(1, CAPACITY + 1)}):
            contexts = np.zeros((size, block_size), dtype=np.int64)
            try:
                for _ in range(2):  # TorchScript compiles on the second run
                    self._log_probs(contexts)
            except BackendError:
                raise
            except Exception as error:
                raise BackendError(f"the model does not run on {size} contexts at once") from error


def _bucket(size: int) -> int:
    """The size of the batch that so many rows run in: a power of two, or a multiple of ``FINE``."""
    return -(-size // FINE) * FINE if size > FINE else 1 << (size - 1).bit_length()


def _settle(outcomes: list[Outcome]) -> None:
    """Hands outcomes to their callers, on their event loop, all by one wake-up."""
    if outcomes:
        outcomes[0][0].done.get_loop().call_soon_threadsafe(_set, outcomes)


def _set(outcomes: list[Outcome]) -> None:
    for job, outcome in outcomes:
        if job.done.done():  # cancelled meanwhile
            continue
        if outcome is None:
            job.done.cancel()
        elif isinstance(outcome, Exception):
            job.done.set_exception(outcome)
        else:
            job.done.set_result(outcome)
