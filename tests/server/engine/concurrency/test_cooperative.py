"""Long work takes turns, and ends when nobody waits for it."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import nullcontext

import pytest

from namesmith_server.engine import turns
from namesmith_server.engine.cache import Cache
from namesmith_server.engine.turns import Turns, breathe

PATIENCE = 30
"""Seconds after which what should come at once never will."""


@pytest.fixture
def taking() -> Iterator[Turns]:
    """Turns."""
    taking = Turns()
    yield taking
    taking.shutdown(cancel_futures=True)


class Endless:
    """Work that breathes until it is ended.

    Attributes:
        begun: whether it has.
        ended: whether it was.
    """

    size = 1

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.ended = threading.Event()

    def run(self) -> "Endless":
        """Works."""
        self.begun.set()
        try:
            while True:
                breathe()
        finally:
            self.ended.set()


def test_short_work_waits_for_no_long_one(taking: Turns) -> None:
    """It ends beside three that never do, each of which has its turns."""
    endless = [Endless() for _ in range(3)]
    futures = [taking.submit(one.run) for one in endless]
    assert all(one.begun.wait(PATIENCE) for one in endless)
    assert taking.submit(lambda: 5).result(PATIENCE) == 5
    assert not any(one.ended.is_set() for one in endless)
    for future in futures:
        future.cancel()
    assert all(one.ended.wait(PATIENCE) for one in endless)


def test_one_works_at_a_time(taking: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two breaths no other does, though each hands on at every breath."""
    monkeypatch.setattr(turns, "SLICE", 0)
    working: list[int] = []

    def work(me: int) -> None:
        for _ in range(200):
            breathe()
            working.append(me)
            assert working[-1:] == [me]
            assert len(working) == 1
            working.clear()

    for future in [taking.submit(work, me) for me in range(4)]:
        future.result(PATIENCE)


def test_work_that_fails_tells_why_and_hands_on(taking: Turns) -> None:
    """As in any executor."""

    def fail() -> None:
        raise ValueError("so")

    with pytest.raises(ValueError, match="so"):
        taking.submit(fail).result(PATIENCE)
    assert taking.submit(lambda: 1).result(PATIENCE) == 1


def test_shutting_down_ends_what_has_begun_and_what_has_not() -> None:
    """More than there are threads for."""
    taking = Turns()
    endless = [Endless() for _ in range(turns.THREADS + 2)]
    futures = [taking.submit(one.run) for one in endless]
    assert endless[0].begun.wait(PATIENCE)
    taking.shutdown(cancel_futures=True)
    for future in futures:
        with pytest.raises(CancelledError):
            future.result(PATIENCE)


async def test_what_nobody_waits_for_is_not_made_to_its_end(taking: Turns) -> None:
    """One of two callers gives up: it is made on; both: it ends, and the next makes it anew."""
    first, second = Endless(), Endless()
    left = [first, second]
    cache = Cache[str, Endless](10, lambda _: left.pop(0).run(), taking)
    callers = [asyncio.ensure_future(cache.get("key")) for _ in range(2)]
    assert await asyncio.to_thread(first.begun.wait, PATIENCE)
    await _given_up(callers[0])
    assert not first.ended.is_set()
    await _given_up(callers[1])
    next_one = asyncio.ensure_future(cache.get("key"))  # at once, while the first is ending
    assert await asyncio.to_thread(first.ended.wait, PATIENCE)
    assert await asyncio.to_thread(second.begun.wait, PATIENCE)
    assert not second.ended.is_set()
    await _given_up(next_one)
    assert await asyncio.to_thread(second.ended.wait, PATIENCE)


async def _given_up(caller: "asyncio.Future[Endless]") -> None:
    caller.cancel()
    await asyncio.wait([caller])


@pytest.mark.parametrize("fails", [False, True])
def test_what_was_worked_on_is_let_go(fails: bool) -> None:  # noqa: FBT001 - a case
    """At once, not when cycles are looked for: a result, and what an error's frames hold."""

    class Large:
        pass

    kept: list[weakref.ref[Large]] = []

    def work() -> Large:
        large = Large()
        kept.append(weakref.ref(large))
        if fails:
            raise ValueError
        return large

    taking = Turns()
    gc.disable()
    try:
        turn = taking.submit(work)
        with pytest.raises(ValueError) if fails else nullcontext():  # noqa: PT011 - it says nothing
            turn.result(30)
        taking.shutdown()
        del turn
        assert kept[0]() is None
    finally:
        gc.enable()
