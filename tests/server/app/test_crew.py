"""The crew, against workers that a test plays."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from namesmith_server.app.models import Faults, ModelPlan, Plan
from namesmith_server.app.workers.crew import Crew
from namesmith_server.app.workers.messages import Answer, Committed, Prepare, Prepared
from namesmith_server.app.workers.worker_process import WorkerProcess
from namesmith_server.grpc import StoppingError

FIRST: Plan = {"small": ModelPlan((1,))}
SECOND: Plan = {"small": ModelPlan((2,))}


class Played(WorkerProcess):
    """A worker whose process is the test: it answers all orders but those of a plan."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.faults: dict[tuple[str, int], str] = {}
        self.mute: Plan | None = None
        self.late = self.killed = False
        self._answers: list[Answer] = []

    @property
    def is_idle(self) -> bool:
        """True if the worker has no order."""
        return self.order is None

    def give(self, order: Any, seconds: float) -> None:
        """Answer the order, which takes no time."""
        assert seconds > 0
        self.order = order
        if order.plan != self.mute:
            answer = Prepared(self.faults) if isinstance(order, Prepare) else Committed()
            self._answers.append(answer)

    def hear(self) -> Iterator[Answer]:
        """Iterate over the answers."""
        while self._answers:
            yield self._answers.pop(0)

    def is_late(self) -> bool:
        """Tell whether the test has made the worker late."""
        return self.late

    def kill(self) -> None:
        """Note that the worker was killed."""
        self.killed, self.late = True, False

    def restart(self) -> None:
        """Begin again, as a process that serves nothing."""
        self.order = self.prepared = self.plan = None
        self.killed = False


class Stage:
    """A crew of two played workers, and the thread that attends to it."""

    def __init__(self) -> None:
        self.workers = [Played(0), Played(1)]
        self.told: list[Faults] = []
        self.crew = Crew(self.workers, 5.0, lambda: None, self.told.append)
        self.pool = ThreadPoolExecutor()

    def until(self, question: "Future[Any]") -> Any:
        """Attend until a question of the controller is answered; return its answer."""
        end = time.monotonic() + 20
        while not question.done():
            assert time.monotonic() < end
            self.crew.attend()
        return question.result()

    def change(self, plan: Plan) -> Any:
        """Prepare a plan, and commit it where it has no faults; return the faults."""
        faults = self.until(self.pool.submit(self.crew.prepare, plan))
        if not faults:
            self.until(self.pool.submit(self.crew.commit, plan))
            self.settle()
        return faults

    def settle(self) -> None:
        """Attend as often as any order takes."""
        for _ in range(10):
            self.crew.attend()

    def attend_until(self, is_so: Any) -> None:
        """Attend until something is so."""
        end = time.monotonic() + 20
        while not is_so():
            assert time.monotonic() < end
            self.crew.attend()

    def lose(self, number: int) -> None:
        """End a worker, whose replacement begins at once."""
        self.crew.lose(self.workers[number])
        self.workers[number].restart()


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Provide a crew that serves the first plan."""
    one = Stage()
    one.change(FIRST)
    assert [worker.plan for worker in one.workers] == [FIRST, FIRST]
    yield one
    one.crew.close()
    one.settle()
    one.pool.shutdown()


def test_a_fault_of_the_last_worker_changes_no_worker(stage: Stage) -> None:
    """All serve the plan before, the first too, which could have served the new one."""
    stage.workers[1].faults = {("small", 2): "corrupt"}
    assert stage.change(SECOND) == {("small", 2): "corrupt"}
    assert [worker.plan for worker in stage.workers] == [FIRST, FIRST]


def test_a_fault_of_the_first_worker_reaches_no_other(stage: Stage) -> None:
    """The second worker never loads a version that the first refuses."""
    stage.workers[0].faults = {("small", 2): "corrupt"}
    assert stage.change(SECOND)
    assert stage.workers[1].prepared is None


def test_a_refused_change_is_dropped_by_every_worker(stage: Stage) -> None:
    """The commit of the plan before reaches the workers that have prepared the refused one."""
    assert stage.until(stage.pool.submit(stage.crew.prepare, SECOND)) == {}
    assert [worker.prepared for worker in stage.workers] == [SECOND, SECOND]
    stage.until(stage.pool.submit(stage.crew.commit, FIRST))
    assert [worker.prepared for worker in stage.workers] == [None, None]
    assert [worker.plan for worker in stage.workers] == [FIRST, FIRST]
    assert stage.change(SECOND) == {}
    assert [worker.plan for worker in stage.workers] == [SECOND, SECOND]


def test_a_worker_that_is_late_is_killed_and_its_replacement_prepares(stage: Stage) -> None:
    """The change goes on with the replacement, and all serve the new plan."""
    first = stage.workers[0]
    first.mute = SECOND
    question = stage.pool.submit(stage.crew.prepare, SECOND)
    stage.attend_until(lambda: first.order is not None)
    first.late = True
    stage.attend_until(lambda: first.killed)
    first.mute = None
    stage.lose(0)
    assert stage.until(question) == {}
    stage.until(stage.pool.submit(stage.crew.commit, SECOND))
    stage.settle()
    assert [worker.plan for worker in stage.workers] == [SECOND, SECOND]


def test_a_change_that_ends_two_workers_is_refused(stage: Stage) -> None:
    """Its versions have the fault; no worker changes its plan."""
    first = stage.workers[0]
    first.mute = SECOND
    question = stage.pool.submit(stage.crew.prepare, SECOND)
    for _ in range(2):
        stage.attend_until(lambda: first.order is not None and first.order.plan == SECOND)
        stage.lose(0)
    assert set(stage.until(question)) == {("small", 2)}
    stage.settle()
    assert [worker.plan for worker in stage.workers] == [FIRST, FIRST]


def test_a_commit_does_not_wait_for_a_worker_that_is_lost(stage: Stage) -> None:
    """The replacement serves the committed plan, and nothing else before."""
    stage.until(stage.pool.submit(stage.crew.prepare, SECOND))
    second = stage.workers[1]
    second.mute = SECOND
    question = stage.pool.submit(stage.crew.commit, SECOND)
    stage.attend_until(lambda: second.order is not None)
    assert not question.done()
    second.mute = None
    stage.lose(1)
    stage.until(question)
    stage.settle()
    assert [worker.plan for worker in stage.workers] == [SECOND, SECOND]


def test_a_replacement_that_cannot_serve_the_plan_serves_none(stage: Stage) -> None:
    """It is killed, to be started again; the other serves on, and the controller is told."""
    stage.workers[1].faults = {("small", 1): "corrupt by now"}
    stage.lose(1)
    stage.attend_until(lambda: stage.workers[1].killed)
    assert [worker.plan for worker in stage.workers] == [FIRST, None]
    assert stage.workers[1].refusal == "small 1: corrupt by now"
    assert stage.told == [{("small", 1): "corrupt by now"}]


def test_a_drain_ends_what_the_controller_waits_for(stage: Stage) -> None:
    """A change in progress, and every later one, is refused."""
    stage.workers[0].mute = SECOND
    question = stage.pool.submit(stage.crew.prepare, SECOND)
    stage.attend_until(lambda: stage.workers[0].order is not None)
    stage.crew.close()
    with pytest.raises(StoppingError):
        stage.until(question)
    with pytest.raises(StoppingError):
        stage.until(stage.pool.submit(stage.crew.commit, SECOND))
