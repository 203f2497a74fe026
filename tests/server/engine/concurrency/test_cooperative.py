"""Long work takes turns, and ends at its next checkpoint when nobody waits for it."""

import gc
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import nullcontext

import pytest

from endless import PATIENCE, EndlessWork
from namesmith_server.engine.concurrency import CooperativeExecutor, cooperative
from namesmith_server.engine.core import checkpoint


@pytest.fixture
def executor() -> Iterator[CooperativeExecutor]:
    """Provide the executor under test, ended with all of its tasks."""
    executor = CooperativeExecutor()
    yield executor
    executor.shutdown(cancel_futures=True)


def test_short_work_waits_for_no_long_work(executor: CooperativeExecutor) -> None:
    """A short task ends beside three that never do, each of which has its turns."""
    endless = [EndlessWork() for _ in range(3)]
    futures = [executor.submit(work.run) for work in endless]
    assert all(work.begun.wait(PATIENCE) for work in endless)
    assert executor.submit(lambda: 5).result(PATIENCE) == 5
    assert not any(work.ended.is_set() for work in endless)
    for future in futures:
        future.cancel()
    assert all(work.ended.wait(PATIENCE) for work in endless)


def test_one_task_works_at_a_time(
    executor: CooperativeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two checkpoints of a task no other works, though each hands on at every one."""
    monkeypatch.setattr(cooperative, "SLICE", 0)
    working: list[int] = []

    def work(me: int) -> None:
        for _ in range(200):
            checkpoint()
            working.append(me)
            assert working[-1:] == [me]
            assert len(working) == 1
            working.clear()

    for future in [executor.submit(work, me) for me in range(4)]:
        future.result(PATIENCE)


def test_the_lock_is_handed_on_in_the_order_of_arrival() -> None:
    """Threads that wait get the lock one after the other, the first to come first."""
    lock = cooperative.FairLock()
    lock.acquire()
    order: list[int] = []

    def take(me: int) -> None:
        lock.acquire()
        order.append(me)
        lock.release()

    threads = [threading.Thread(target=take, args=(me,)) for me in range(5)]
    for waiting, thread in enumerate(threads, 1):
        thread.start()
        while len(lock._waiting) < waiting:
            thread.join(0.001)
    lock.release()
    for thread in threads:
        thread.join(PATIENCE)
    assert order == [0, 1, 2, 3, 4]
    assert not lock.is_contended


def test_a_task_that_fails_raises_its_error_and_hands_on(executor: CooperativeExecutor) -> None:
    """The future raises the error of the task, and the next task has its turn."""

    def fail() -> None:
        raise ValueError("so")

    with pytest.raises(ValueError, match="so"):
        executor.submit(fail).result(PATIENCE)
    assert executor.submit(lambda: 1).result(PATIENCE) == 1


def test_shutting_down_ends_tasks_that_run_and_tasks_that_wait() -> None:
    """Every future of more tasks than there are threads is cancelled."""
    executor = CooperativeExecutor()
    endless = [EndlessWork() for _ in range(cooperative.THREADS + 2)]
    futures = [executor.submit(work.run) for work in endless]
    assert endless[0].begun.wait(PATIENCE)
    executor.shutdown(cancel_futures=True)
    for future in futures:
        with pytest.raises(CancelledError):
            future.result(PATIENCE)


@pytest.mark.parametrize("fails", [False, True])
def test_the_objects_of_a_task_are_freed_at_once(fails: bool) -> None:  # noqa: FBT001 - a case
    """A result, and an object that an error's frames hold, need no search for cycles."""

    class Large:
        """An object that a task works on."""

    kept: list[weakref.ref[Large]] = []

    def work() -> Large:
        large = Large()
        kept.append(weakref.ref(large))
        if fails:
            raise ValueError
        return large

    executor = CooperativeExecutor()
    gc.disable()
    try:
        task = executor.submit(work)
        with pytest.raises(ValueError) if fails else nullcontext():  # noqa: PT011 - it says nothing
            task.result(PATIENCE)
        executor.shutdown()
        del task
        assert kept[0]() is None
    finally:
        gc.enable()
