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

from namesmith_server.engine.batching.runner import Runner
from namesmith_server.engine.batching.scheduled_request import Candidates, ScheduledRequest
from namesmith_server.engine.core import work_counts
from namesmith_server.engine.errors import BatchFailedError
from namesmith_server.engine.markov import ConditionedChain, Start
from namesmith_server.engine.request import GenerateRequest

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
        self._closing = False
        self._closed = False
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
                    self._postprocess(self._runner.step(self._most()))
            except Exception as error:  # noqa: BLE001 - whatever the runtime raises
                self._isolate(error)
        self._fail([*self._queue, *self._runner.requests()], None)
        self._runner.close()

    def _schedule(self) -> bool:
        """Fill the batch, waiting while no request is there; tell whether it holds a sequence."""
        self._receive(block=not self._queue and not len(self._runner))
        self._drop_cancelled()
        self._fill()
        return len(self._runner) > 0

    def _most(self) -> int | None:
        """Return the share of a request where it binds: where a small request is not alone."""
        requests = [*self._runner.requests(), *self._queue]
        is_small = any(one.request.count <= self._runner.share for one in requests)
        return self._runner.share if is_small and len(requests) > 1 else None

    def _isolate(self, error: Exception) -> None:
        """Fail the requests on which a step has failed; the others go on at the next step.

        A request that fails by itself, beside others that do not, meets the error. Where all fail,
        or none by itself, nobody knows whose fault it is.
        """
        requests = self._runner.requests()
        failures = [(request, self._runner.failure(request)) for request in requests]
        failed = [(request, failure) for request, failure in failures if failure is not None]
        if not failed or len(failed) == len(requests):
            log.error("batch failed", exc_info=error, extra={"requests": len(requests)})
            failed = [(request, BatchFailedError()) for request in requests]
        for request, failure in failed:
            self._fail([request], failure)

    def _postprocess(self, finished: list[ScheduledRequest]) -> None:
        """Hand the outcomes of requests to their callers."""
        _resolve_futures([(one, one.candidates()) for one in finished])

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
            room = self._runner.room
            if not room:
                return
            request = self._queue.popleft()
            fair = max(1, room // (len(self._queue) + 1))
            count = min(request.waiting, fair, self._runner.alone - request.running)
            if count > 0:
                self._runner.add(request, count)
            if request.waiting:
                self._queue.append(request)

    def _drop_cancelled(self) -> None:
        for request in [*self._queue, *self._runner.requests()]:
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
