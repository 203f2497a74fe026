"""Sampling on a backend that computes each step: continuous batching.

One batch advances the rows of all orders in flight by a symbol at a time. Ended rows leave at
once, waiting ones join at the next step. The batch runs in a thread of its own.
"""

import asyncio
from collections import deque
from queue import SimpleQueue
from threading import Thread

import numpy as np

from namesmith_server.backends.base import Backend, Contexts, LogProbs
from namesmith_server.engine.arrays import Ids
from namesmith_server.engine.batch import Batch, Job
from namesmith_server.engine.chains import Chains
from namesmith_server.engine.decider import Canonical, Decider
from namesmith_server.engine.frames import Frames
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.stream import Codec, Stream

CAPACITY = 1024
"""Rows that step together."""

FINE = 64
"""Rows between the sizes of large batches: padding takes as long as rows do."""

SHARE = 128
"""Rows of the batch that one order may take: a large one must not make the steps of small ones
long, nor leave them no room."""


Outcome = tuple[Job, Stream | Exception]


class StepwiseSampler:
    """A ``Sampler`` on a backend.

    ``sample`` runs on the event loop, all that touches ``_batch`` and ``_queue`` on the thread;
    orders go to it through ``_arriving``, names come back by ``call_soon_threadsafe``.
    """

    def __init__(
        self,
        backend: Backend,
        canonical: Canonical,
        chains: Chains | None,
        codec: Codec,
        block_size: int,
    ) -> None:
        """Takes the chains where the model has a table; runs every batch size once."""
        self._backend = backend
        self._decider = Decider(canonical)
        self._chains = chains
        self._codec = codec
        self._batch = Batch(CAPACITY, block_size)
        self._queue: deque[Job] = deque()
        self._arriving: SimpleQueue[Job | None] = SimpleQueue()
        self._closing = False
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
            chain.start(order.constraint.prefix)
        done: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()
        self._arriving.put(Job(order, chain, done))
        return self._codec.frames(await done)

    def close(self) -> None:
        """As ``Sampler``."""
        self._arriving.put(None)
        self._thread.join()

    def _run(self) -> None:
        while self._admit():
            try:
                symbols = self._step()
            except Exception as error:  # noqa: BLE001 - whatever the runtime raises
                self._fail(error)
            else:
                self._retire(symbols)

    def _admit(self) -> bool:
        """Lets waiting rows join; waits while there are none. False: the sampler is closing."""
        while not self._closing:
            self._receive(block=not self._queue and not len(self._batch))
            self._drop_cancelled()
            self._join()
            if len(self._batch):
                return True
        return False

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

    def _fail(self, error: Exception) -> None:
        """A step that failed fails the orders whose rows were in it, and no other."""
        jobs = self._batch.jobs()
        for job in jobs:
            self._leave(job)
        _settle([(job, error) for job in jobs])

    def _log_probs(self, contexts: Contexts) -> LogProbs:
        """By batches of few sizes, each run before."""
        size = len(contexts)
        padded = np.zeros((_bucket(size), contexts.shape[1]), dtype=np.int64)
        padded[:size] = contexts
        return self._backend.log_probs(padded)[:size]

    def _warm(self, block_size: int) -> None:
        for size in sorted({_bucket(size) for size in range(1, CAPACITY + 1)}):
            for _ in range(2):  # TorchScript compiles on the second run
                self._log_probs(np.zeros((size, block_size), dtype=np.int64))


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
        if isinstance(outcome, Exception):
            job.done.set_exception(outcome)
        else:
            job.done.set_result(outcome)
