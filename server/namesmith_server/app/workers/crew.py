"""The crew: the workers as one participant, so that all of them serve the same plan.

A change is prepared by one worker after the other: a version that one refuses, or that ends one
twice, is served by none, and has cost one worker at most. Then all commit. A worker that was
started again prepares and commits the crew's plan of the moment before it serves; a worker that is
lost in the middle of a change is not waited for.

The controller's thread asks, and waits; everything else happens in the thread of the supervisor,
which calls ``attend`` whenever something has happened, once a second at least.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue

from namesmith_server.app.errors import LoadError
from namesmith_server.app.models import Faults, Plan, versions_of
from namesmith_server.app.workers.change import Change
from namesmith_server.app.workers.messages import (
    Answer,
    Commit,
    Committed,
    Failed,
    Prepare,
    Prepared,
)
from namesmith_server.app.workers.worker_process import WorkerProcess
from namesmith_server.grpc import StoppingError

COMMIT_SECONDS = 15.0
"""Seconds that a worker may take to commit a prepared plan."""

PREPARE_MARGIN = 60.0
"""Seconds that a worker may take to prepare a plan, beside those of its loads."""

MOST_LOST = 2
"""Number of workers that a change may end before its versions count as the reason."""

REPLACEMENT_SECONDS = 30.0
"""Seconds that a change waits for the replacement of a worker that it has lost."""

LOST = "a worker ended twice while it loaded this version"
"""Fault of the versions of a change that has ended workers."""


class Crew:
    """The workers of a server, a participant of the controller's.

    Args:
        workers: the workers; the first prepares every change before the others.
        load_timeout: seconds that the load of a version may take.
        wake: function that has the supervisor call ``attend`` soon, from any thread.
        on_faults: function that is told, and does not wait, when a worker that comes later meets
            faults in the plan that the others serve.
    """

    def __init__(
        self,
        workers: Sequence[WorkerProcess],
        load_timeout: float,
        wake: Callable[[], None],
        on_faults: Callable[[Faults], object] = lambda _: None,
    ) -> None:
        self._on_faults = on_faults
        self._workers = workers
        self._load_timeout = load_timeout
        self._wake = wake
        self._asks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._plan: Plan | None = None
        self._change: Change | None = None
        self._committing: set[WorkerProcess] = set()
        self._committed: Future[None] | None = None
        self._closed = False

    def prepare(self, plan: Plan) -> Faults:
        """Have every worker prepare a plan; return the faults of the first that refuses versions.

        Raises:
            LoadError: a worker can load nothing, for a reason that is no version's fault.
            StoppingError: the server drains.
        """
        change = Change(plan)

        def begin() -> None:
            self._change = change

        self._ask(begin)
        return change.outcome.result()

    def commit(self, plan: Plan) -> None:
        """Have every worker serve a plan, and every worker that comes later.

        Raises:
            StoppingError: the server drains.
        """
        done: Future[None] = Future()

        def begin() -> None:
            self._plan, self._change, self._committed = plan, None, done
            self._committing = {
                one for one in self._workers if one.plan is not None or one.prepared == plan
            }

        self._ask(begin)
        done.result()

    def attend(self) -> None:
        """Hear the workers, begin what the controller asks, and give the next orders."""
        for worker in self._workers:
            for answer in worker.hear():
                self._heed(worker, answer)
        while not self._asks.empty():
            self._asks.get()()
        if self._closed:
            self._refuse()
            return
        for worker in self._workers:
            worker.kill_if_late()
        self._catch_up()
        self._advance()
        self._settle()

    def lose(self, worker: WorkerProcess) -> None:
        """Go on without a worker whose process has ended."""
        self._committing.discard(worker)
        change = self._change
        if change is None or change.asked is not worker:
            return
        change.asked, change.waits = None, worker
        change.patience = time.monotonic() + REPLACEMENT_SECONDS
        if self._plan is None:  # the first plan: the start goes on for as long as it takes
            return
        change.lost += 1
        if change.lost >= MOST_LOST:
            new = set(versions_of(change.plan)) - set(versions_of(self._plan))
            self._end(change, dict.fromkeys(new, LOST))

    def close(self) -> None:
        """Refuse the change in progress, and every later one: the server drains."""
        self._closed = True
        self._refuse()

    def _ask(self, begin: Callable[[], None]) -> None:
        """Have the supervisor's thread do something, and not wait for it."""
        self._asks.put(begin)
        self._wake()

    def _heed(self, worker: WorkerProcess, answer: Answer) -> None:
        """Note what a worker has done of its order."""
        order, worker.order = worker.order, None
        change = self._change
        if order is None:
            return
        if isinstance(answer, Committed):
            worker.plan, worker.prepared = order.plan, None
            if order.plan == self._plan:
                self._committing.discard(worker)
        elif (
            isinstance(answer, Failed)
            and self._committed is not None
            and worker.plan is None
            and worker in self._committing  # no worker that comes later fails a commit
        ):
            self._committed.set_exception(LoadError(answer.reason))
            self._committed = None
        elif change is not None and change.asked is worker:
            self._heed_change(worker, change, answer)
        elif isinstance(answer, Failed) or answer.faults:
            if order.plan == self._plan:
                worker.refuse(answer.reason)
                if isinstance(answer, Prepared):
                    self._on_faults(answer.faults)
        else:
            worker.prepared = order.plan

    def _heed_change(
        self, worker: WorkerProcess, change: Change, answer: Prepared | Failed
    ) -> None:
        """End a change that a worker refuses, or note that the worker has prepared it."""
        change.asked = None
        if isinstance(answer, Failed):
            self._change = None
            change.outcome.set_exception(LoadError(answer.reason))
        elif answer.faults:
            self._end(change, answer.faults)
        else:
            worker.prepared = change.plan

    def _catch_up(self) -> None:
        """Order the workers that do not serve the crew's plan yet to do so.

        A worker of a commit that serves the plan already drops what it has prepared beside it.
        """
        if self._plan is None:
            return
        for worker in self._workers:
            if worker.is_idle and (worker.plan != self._plan or worker in self._committing):
                if self._plan in (worker.plan, worker.prepared):
                    worker.give(Commit(self._plan), COMMIT_SECONDS)
                else:
                    self._give_plan(worker, self._plan)

    def _advance(self) -> None:
        """Have the next worker prepare the change, or end it where all have prepared it."""
        change = self._change
        if change is None or change.asked is not None:
            return
        ready = [one for one in self._workers if one.is_idle and one.plan == self._plan]
        if self._plan is None:  # the first worker alone meets the first plan
            ready = ready[:1] if self._workers[0] in ready else []
            if not ready:
                return
        elif change.waits not in {None, *ready} and time.monotonic() < change.patience:
            return
        change.waits = None
        waiting = [one for one in ready if one.prepared != change.plan]
        if waiting:
            change.asked = waiting[0]
            self._give_plan(waiting[0], change.plan)
        else:
            self._end(change, {})

    def _give_plan(self, worker: WorkerProcess, plan: Plan) -> None:
        """Have a worker prepare a plan."""
        loads = len(set(versions_of(plan)) - set(versions_of(worker.plan or {})))
        worker.give(Prepare(plan), PREPARE_MARGIN + loads * self._load_timeout)

    def _end(self, change: Change, faults: Faults) -> None:
        """Tell the controller the outcome of its change."""
        self._change = None
        change.outcome.set_result(faults)

    def _settle(self) -> None:
        """Tell the controller when every worker of a commit serves its plan."""
        if self._committed is not None and not self._committing:
            self._committed.set_result(None)
            self._committed = None

    def _refuse(self) -> None:
        """End what the controller waits for."""
        change, committed = self._change, self._committed
        self._change = self._committed = None
        if change is not None:
            change.outcome.set_exception(StoppingError())
        if committed is not None:
            committed.set_exception(StoppingError())
