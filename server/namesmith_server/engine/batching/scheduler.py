"""The scheduler of continuous batching.

One runner advances the sequences of all requests in flight. Ended sequences leave at once, waiting
sequences join at the next step. The steps run in a thread of their own.

A caller that is alone has as many sequences in flight as the runner likes, and all of them advance.
As soon as another one's are there, each has a share: the sequences beyond it pause where they are,
so that a step is short again, and go on later.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread

from namesmith_server.backends.base import DeviceLostError, DeviceMemoryError
from namesmith_server.engine.batching.runner import Runner
from namesmith_server.engine.batching.scheduled_request import Candidates, ScheduledRequest
from namesmith_server.engine.core import work_counts
from namesmith_server.engine.errors import BatchFailedError
from namesmith_server.engine.markov import ConditionedChain, Start
from namesmith_server.engine.request import GenerateRequest

SHARED_SECONDS = 0.05
"""Seconds for which a caller keeps to its share after another one's last step: who calls once more
at once meets short steps again."""

Outcome = tuple[ScheduledRequest, Candidates | Exception | None]
"""A request with its candidates or its error; None in their place where it is cancelled."""


log = logging.getLogger(__name__)


class BatchScheduler:
    """Runs requests on a runner.

    ``draw`` is called on the event loop. The thread alone touches ``_runner`` and ``_queue``;
    requests go to it through ``_arriving``, candidates come back by ``call_soon_threadsafe``.
    """

    def __init__(self, runner: Runner) -> None:
        """Set the runner, which ``close`` closes, and start the thread."""
        self._runner = runner
        self._queue: deque[ScheduledRequest] = deque()
        self._arriving: SimpleQueue[ScheduledRequest | None] = SimpleQueue()
        self._calls = 0
        self._shared_until = 0.0
        self._closing = False
        self._closed = False
        self._thread = Thread(target=self._run, name="batch", daemon=True)
        self._thread.start()

    @property
    def alone(self) -> int:
        """Largest number of sequences in flight of one caller that is alone."""
        return self._runner.alone

    @property
    def share(self) -> int:
        """Largest number of sequences of one caller that advance beside those of others."""
        return self._runner.share

    @property
    def has_one_call(self) -> bool:
        """True if no two calls are open."""
        return self._calls <= 1

    @contextmanager
    def call(self) -> Iterator[object]:
        """Open a call for the length of a ``with`` block; its requests have it as their caller."""
        self._calls += 1
        try:
            yield object()
        finally:
            self._calls -= 1

    async def draw(
        self,
        request: GenerateRequest,
        chain: ConditionedChain | None = None,
        start: Start | None = None,
        caller: object = None,
    ) -> Candidates:
        """Draw a candidate for each row of a request, given the request's prefix.

        With a chain, which weighs the next symbols, and the place in it behind the prefix, every
        candidate has an allowed length. Content is for the caller to check. Requests of the same
        ``caller`` have one share together; by itself each request has its own.

        Raises:
            CancelledError: the scheduler is closed.
            BatchFailedError: the backend failed on the whole batch.
        """
        if self._closed:
            raise asyncio.CancelledError
        result: asyncio.Future[Candidates] = asyncio.get_running_loop().create_future()
        caller = result if caller is None else caller
        self._arriving.put(ScheduledRequest(request, chain, start, result, caller))
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
                    self._resolve(self._runner.step(self._most()))
            except Exception as error:  # noqa: BLE001 - whatever the runtime raises
                self._isolate(error)
        self._fail([*self._queue, *self._runner.requests()], None)
        self._runner.close()

    def _schedule(self) -> bool:
        """Fill the runner, waiting while no request is there; tell whether it holds a sequence."""
        self._receive(block=not self._queue and not len(self._runner))
        self._drop_cancelled()
        self._fill()
        return len(self._runner) > 0

    def _most(self) -> int | None:
        """Return the largest number of sequences of one request that advance in the next step."""
        requests = Counter(request.caller for request in self._in_work())
        now = time.monotonic()
        if len(requests) > 1:
            self._shared_until = now + SHARED_SECONDS
        if now >= self._shared_until:
            return None
        return max(1, self._runner.share // max(requests.values()))

    def _in_work(self) -> list[ScheduledRequest]:
        """Return the requests that wait or have sequences in flight, each once."""
        return list(dict.fromkeys([*self._runner.requests(), *self._queue]))

    def _isolate(self, error: Exception) -> None:
        """Fail the requests on which a step has failed; the others go on at the next step.

        A request that fails by itself, beside others that do not, meets the error. Where all fail,
        or none by itself, nobody knows whose fault it is.
        """
        requests = self._runner.requests()
        failures = [(request, self._runner.failure(request)) for request in requests]
        failed = [(request, failure) for request, failure in failures if failure is not None]
        if not failed or len(failed) == len(requests):
            told = _error_of_all(error, len(requests))
            failed = [(request, told) for request in requests]
        for request, failure in failed:
            self._fail([request], failure)

    @staticmethod
    def _resolve(finished: list[ScheduledRequest]) -> None:
        """Hand finished candidates to their callers."""
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
        """Give each waiting caller in turn a share of the room; alone, one has all it may have."""
        held = Counter[object]()
        for request in self._runner.requests():
            held[request.caller] += request.running
        waiting = Counter(request.caller for request in self._queue)
        is_alone = len({*held, *waiting}) <= 1
        most = self._runner.alone if is_alone else self._runner.share
        for _ in range(len(self._queue)):
            room = self._runner.capacity - len(self._runner)
            if not room:
                return
            request = self._queue.popleft()
            fair = room if is_alone else max(1, room // (len(self._queue) + 1))
            count = min(request.waiting, fair, most - held[request.caller])
            if count > 0:
                self._runner.add(request, count)
                held[request.caller] += count
            if request.waiting:
                self._queue.append(request)

    def _drop_cancelled(self) -> None:
        for request in self._in_work():
            if request.result.cancelled():
                self._remove(request)

    def _remove(self, request: ScheduledRequest) -> None:
        self._runner.remove(request)
        if request in self._queue:
            self._queue.remove(request)

    def _fail(self, requests: Iterable[ScheduledRequest], error: Exception | None) -> None:
        """Remove the requests and fail their futures; without an error, cancel the futures."""
        failed = list(dict.fromkeys(requests))
        for request in failed:
            self._remove(request)
        _resolve_futures([(request, error) for request in failed])


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
