"""The ledger of bytes: what work holds together stays within the limit, and all work ends."""

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from weakref import WeakSet

import pytest

from endless import PATIENCE, EndlessWork
from namesmith_server.engine import (
    MemoryGuard,
    MemoryShortError,
    TooManyPendingError,
    WorkTooLargeError,
)
from namesmith_server.engine.concurrency import (
    Claim,
    CooperativeExecutor,
    Ledger,
    OutgrownError,
    ledger,
)
from namesmith_server.engine.core import checkpoint, reserve

LIMIT = 12_000
SMALL = REST = LIMIT // 12


class FullMemory(MemoryGuard):
    """A guard of a process that holds what a test says."""

    held = 0

    def resident(self) -> int:
        """Return the bytes that the test says."""
        return self.held


class Value:
    """A value that weak references may be made to."""


class Work:
    """Work that holds a number of bytes, in threads, and counts what all work holds.

    Attributes:
        most: most bytes that all work has held together.
    """

    def __init__(self, executor: CooperativeExecutor) -> None:
        self._executor = executor
        self._guard = threading.Lock()
        self._held = self.most = 0

    async def hold(self, claim: Claim, size: int) -> int:
        """Reserve ``size`` bytes piece by piece; return their number."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor.within(claim), self._run, size)

    def _run(self, size: int) -> int:
        mine = 0
        try:
            while mine < size:
                reserve(piece := min(100, size - mine))
                mine += piece
                self._count(piece)
                checkpoint()
            return size
        finally:
            self._count(-mine)

    def _count(self, change: int) -> None:
        with self._guard:
            self._held += change
            self.most = max(self.most, self._held)


async def test_work_of_any_sizes_ends_within_the_limit() -> None:
    """Two hundred pieces of work, small and large, in real threads: all end, none hold too much."""
    executor, books = CooperativeExecutor(), Ledger(LIMIT)
    work = Work(executor)
    kinds = 1, 900, 1_000, 3_000, books.most
    sizes = [kinds[place * place % len(kinds)] for place in range(200)]
    ended = await asyncio.gather(
        *(books.run(lambda claim, size=size: work.hold(claim, size)) for size in sizes)
    )
    executor.shutdown()
    assert ended == sizes
    assert 0 < work.most <= LIMIT - REST


async def test_a_small_claim_does_not_wait_for_a_large_one() -> None:
    """Beside the largest claim there is room for a small one, however many large ones wait."""
    books, leave = Ledger(LIMIT), asyncio.Event()

    async def stay(_claim: Claim) -> None:
        await leave.wait()

    large = [asyncio.ensure_future(books.run(stay, books.most)) for _ in range(3)]
    await asyncio.sleep(0)
    assert await books.run(_size, 1) == 1
    assert not any(one.done() for one in large)
    leave.set()
    await asyncio.gather(*large)


async def test_a_large_claim_is_not_held_up_by_small_ones_that_come_later() -> None:
    """Small claims that come without end leave the room of a large one that waits."""
    books, order, going = Ledger(LIMIT), [], True

    async def small() -> None:
        while going:
            await books.run(lambda _claim: asyncio.sleep(0))

    crowd = [asyncio.ensure_future(small()) for _ in range(30)]
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        order.append(await books.run(_size, books.most))
    going = False
    await asyncio.gather(*crowd)
    assert order == [books.most]


async def test_work_that_outgrows_its_claim_is_done_again_under_a_larger_one() -> None:
    """Each claim is at least four times the one before, and as large as was asked for."""
    books, seen = Ledger(LIMIT), []

    async def work(claim: Claim) -> str:
        seen.append(claim.size)
        claim.reserve(6_000)
        return "done"

    assert await books.run(work) == "done"
    assert seen == [SMALL, 6_000]


async def test_work_that_is_larger_than_the_limit_is_refused() -> None:
    """Work beyond the limit is told its bytes and the limit, and its claim is free again."""
    books = Ledger(LIMIT)

    async def endless(claim: Claim) -> None:
        claim.reserve(LIMIT + 1)

    with pytest.raises(WorkTooLargeError, match=f"at least {LIMIT + 1} bytes .* has {books.most} "):
        await books.run(endless)
    assert await books.run(_size, books.most) == books.most


async def test_the_largest_work_of_a_model_fits_alone() -> None:
    """Under the largest claim, beside which no other large one is, work may hold its bound."""
    books = Ledger(LIMIT)
    books.largest_work = LIMIT

    async def largest(claim: Claim) -> int:
        claim.reserve(LIMIT)
        return claim.held

    assert await books.run(largest) == LIMIT


async def test_claims_beyond_the_bound_on_waiting_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A claim that finds too many others waiting is refused at once, and the others go on."""
    monkeypatch.setattr(ledger, "MAX_WAITING", 2)
    books, leave = Ledger(LIMIT), asyncio.Event()

    async def stay(_claim: Claim) -> None:
        await leave.wait()

    inside = [asyncio.ensure_future(books.run(stay, books.most)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyPendingError, match="at most that many at once"):
        await books.run(stay, books.most)
    leave.set()
    await asyncio.gather(*inside)


async def test_a_caller_that_leaves_frees_its_claim_or_its_place() -> None:
    """Cancelled while they wait, or while they work, callers leave nothing behind."""
    books, never = Ledger(LIMIT), asyncio.Event()

    async def stay(_claim: Claim) -> None:
        await never.wait()

    callers = [asyncio.ensure_future(books.run(stay, books.most)) for _ in range(3)]
    await asyncio.sleep(0)
    for caller in callers:
        caller.cancel()
        await asyncio.wait([caller])
    assert await books.run(_size, books.most) == books.most


async def test_a_claim_stays_until_its_tasks_have_ended() -> None:
    """The caller of a task that has begun leaves: its bytes are free when the task ends."""
    executor, books, endless = CooperativeExecutor(), Ledger(LIMIT), EndlessWork()
    ended: list[bool] = []

    async def work(claim: Claim) -> object:
        return await asyncio.wrap_future(executor.within(claim).submit(endless.run))

    async def look(_claim: Claim) -> None:
        ended.append(endless.ended.is_set())

    caller = asyncio.ensure_future(books.run(work, books.most))
    assert await asyncio.to_thread(endless.begun.wait, PATIENCE)
    caller.cancel()
    await books.run(look, books.most)
    assert ended == [True]
    executor.shutdown()


async def test_outgrown_work_is_gone_without_the_garbage_collector() -> None:
    """Arrays of work that outgrew its claim are freed at once: no error or task holds them."""
    executor, books = CooperativeExecutor(), Ledger(LIMIT)
    made = WeakSet[Value]()

    async def work(claim: Claim) -> int:
        loop, within = asyncio.get_running_loop(), executor.within(claim)
        value = await loop.run_in_executor(within, Value)
        made.add(value)
        await loop.run_in_executor(within, lambda: (value, reserve(SMALL + 1)))
        return len(made)

    gc.disable()
    try:
        assert await books.run(work) == 1
    finally:
        gc.enable()
    executor.shutdown()


async def test_work_goes_on_in_the_order_of_arrival() -> None:
    """Work that outgrew its claim waits before the work that arrived behind it."""
    books, ended = Ledger(LIMIT), []

    async def work(name: int, claim: Claim) -> None:
        await asyncio.sleep(0)
        claim.reserve(books.most)
        ended.append(name)

    await asyncio.gather(*(books.run(partial(work, name)) for name in range(20)))
    assert ended == sorted(ended)


async def test_near_the_limit_of_the_process_work_is_refused() -> None:
    """Work must be tried again later while the system counts too much; afterwards it goes on."""
    guard = FullMemory(100)
    books = Ledger(LIMIT, guard)
    books.shelf.put("kept", "value", REST + 1)
    guard.held = 90
    with pytest.raises(MemoryShortError):
        await books.run(_size)
    assert books.shelf.get("kept") is None
    guard.held = 50
    assert await books.run(_size) == SMALL


async def test_kept_values_make_room_for_claims() -> None:
    """Kept values and claims stay within the limit together, but for the rest."""
    books = Ledger(LIMIT)
    for place in range(4):
        books.shelf.put(place, place, REST)
    assert books.shelf.size == 4 * REST

    async def look(_claim: Claim) -> int:
        return books.shelf.size

    assert await books.run(look, books.most) == 2 * REST
    assert books.shelf.get(3) == 3
    assert books.shelf.get(0) is None


async def borrow(books: Ledger, value: str, size: int, leave: asyncio.Event) -> None:
    """Hold a value that is lent until it is time to leave."""
    with books.lend(value, size):
        await leave.wait()


async def test_lent_values_count_once_until_the_last_holder_leaves() -> None:
    """Two holders of a value count once; a claim that would not fit beside it waits for both."""
    books, leaves = Ledger(LIMIT), [asyncio.Event() for _ in range(2)]
    holders = [asyncio.ensure_future(borrow(books, "value", 2_000, one)) for one in leaves]
    await asyncio.sleep(0)
    assert await books.run(_size, books.most - 2_000) == books.most - 2_000
    waiting = asyncio.ensure_future(books.run(_size, books.most - 1_999))
    for leave, holder in zip(leaves, holders, strict=True):
        await asyncio.sleep(0)
        assert not waiting.done()
        leave.set()
        await holder
    assert await waiting == books.most - 1_999


async def test_a_call_that_holds_lent_bytes_has_the_others() -> None:
    """Its largest claim fits beside them, so that it does not wait for itself."""
    books = Ledger(LIMIT)

    async def endless(claim: Claim) -> None:
        claim.reserve(books.most - 1_999)

    with books.lend("value", 2_000):
        assert await books.run(_size, books.most) == books.most - 2_000
        with pytest.raises(WorkTooLargeError, match=f"has {books.most - 2_000} "):
            await books.run(endless)


async def test_of_calls_that_would_wait_for_each_other_the_last_is_refused() -> None:
    """It gives its bytes back, and the other one goes on."""
    books = Ledger(LIMIT)
    both = asyncio.Barrier(2)

    async def call(value: str) -> int:
        with books.lend(value, 3_000):
            await both.wait()
            return await books.run(_size, books.most - 3_000)

    ended = await asyncio.gather(call("a"), call("b"), return_exceptions=True)
    assert sorted(map(type, ended), key=str) == sorted([int, MemoryShortError], key=str)
    assert await books.run(_size, books.most) == books.most


async def test_bytes_that_do_not_come_back_are_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A slow holder holds up a claim for a bounded time; the claims behind it go on."""
    monkeypatch.setattr(ledger, "LENT_SECONDS", 0.01)
    books, leave = Ledger(LIMIT), asyncio.Event()
    slow = asyncio.ensure_future(borrow(books, "value", 2_000, leave))
    await asyncio.sleep(0)
    sizes = books.most, 5_000
    refused, behind = await asyncio.gather(
        *(books.run(_size, size) for size in sizes), return_exceptions=True
    )
    assert isinstance(refused, MemoryShortError)
    assert behind == 5_000
    leave.set()
    await slow


def test_work_outside_of_a_task_reserves_nothing() -> None:
    """Drawing threads and tests may call the same mathematics."""
    CooperativeExecutor().shutdown()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(reserve, 1 << 60).result()


def test_a_claim_tells_how_much_it_lacks() -> None:
    """The error has the bytes that the work needs at least."""
    claim = Claim(10)
    claim.reserve(10)
    with pytest.raises(OutgrownError) as raised:
        claim.reserve(1)
    assert raised.value.needed == 11


async def _size(claim: Claim) -> int:
    return claim.size
