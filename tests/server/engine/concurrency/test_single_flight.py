"""A cache whose callers share one build of each value, which ends with the last of them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from endless import PATIENCE, EndlessWork
from namesmith_server.engine import TooManyPendingError
from namesmith_server.engine.concurrency import (
    CooperativeExecutor,
    Shelf,
    SingleFlightCache,
    single_flight,
)


class Value:
    """A value of a given size.

    Attributes:
        size: bytes.
    """

    def __init__(self, size: int) -> None:
        self.size = size


@pytest.fixture
def cooperative() -> Iterator[CooperativeExecutor]:
    """Threads whose work can be ended."""
    cooperative = CooperativeExecutor()
    yield cooperative
    cooperative.shutdown(cancel_futures=True)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads whose work runs to its end."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


async def test_a_build_that_nobody_waits_for_is_ended(cooperative: CooperativeExecutor) -> None:
    """One of two callers gives up: the build goes on; both do: it ends, and the next is new."""
    first, second = EndlessWork(), EndlessWork()
    builds = [first, second]

    def build(_key: str) -> EndlessWork:
        return builds.pop(0).run()

    cache = SingleFlightCache[str, EndlessWork](Shelf(10), build)
    callers = [asyncio.ensure_future(cache.get("key", cooperative)) for _ in range(2)]
    assert await asyncio.to_thread(first.begun.wait, PATIENCE)
    await _cancelled(callers[0])
    assert not first.ended.is_set()
    await _cancelled(callers[1])
    # At once, while the first is ending.
    later = asyncio.ensure_future(cache.get("key", cooperative))
    assert await asyncio.to_thread(first.ended.wait, PATIENCE)
    assert await asyncio.to_thread(second.begun.wait, PATIENCE)
    assert not second.ended.is_set()
    await _cancelled(later)
    assert await asyncio.to_thread(second.ended.wait, PATIENCE)


async def test_callers_of_one_key_share_one_build(pool: ThreadPoolExecutor) -> None:
    """Two callers at once, and one that comes later, get the same object of one build."""
    built: list[str] = []
    release = threading.Event()

    def build(key: str) -> Value:
        built.append(key)
        assert release.wait(PATIENCE)
        return Value(1)

    cache = SingleFlightCache[str, Value](Shelf(10), build)
    callers = [asyncio.ensure_future(cache.get("key", pool)) for _ in range(2)]
    await asyncio.sleep(0)  # both have joined
    assert cache.peek("key") is None
    release.set()
    first, second = await asyncio.gather(*callers)
    assert first is second is await cache.get("key", pool) is cache.peek("key")
    assert built == ["key"]


async def test_the_least_recently_used_values_make_room(pool: ThreadPoolExecutor) -> None:
    """A value that is larger than the cache is kept alone, until another comes."""
    build: Callable[[int], Value] = Value
    cache = SingleFlightCache[int, Value](Shelf(10), build)
    for size in (4, 5, 6):
        assert (await cache.get(size, pool)).size == size
    assert cache.peek(4) is None
    assert cache.peek(6) is not None
    assert (await cache.get(11, pool)).size == 11
    assert cache.peek(11) is not None
    assert cache.peek(6) is None
    assert (await cache.get(5, pool)).size == 5
    assert cache.peek(11) is None


async def test_a_build_that_fails_fails_its_callers_and_is_not_kept(
    pool: ThreadPoolExecutor,
) -> None:
    """Every caller gets the error; the next caller builds anew."""
    outcomes = [ValueError("so"), None]

    def build(_key: str) -> Value:
        if error := outcomes.pop(0):
            raise error
        return Value(1)

    cache = SingleFlightCache[str, Value](Shelf(10), build)
    failed = await asyncio.gather(
        cache.get("key", pool), cache.get("key", pool), return_exceptions=True
    )
    assert [str(error) for error in failed] == ["so", "so"]
    assert (await cache.get("key", pool)).size == 1


async def test_builds_beyond_the_bound_are_refused(
    cooperative: CooperativeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A caller of a further key is refused at once; a caller of a key in flight is not."""
    monkeypatch.setattr(single_flight, "MAX_PENDING", 2)
    works = {key: EndlessWork() for key in ("a", "b", "c")}
    cache = SingleFlightCache[str, EndlessWork](Shelf(10), lambda key: works[key].run())
    callers = [asyncio.ensure_future(cache.get(key, cooperative)) for key in ("a", "b", "a")]
    await asyncio.sleep(0)  # all have joined
    with pytest.raises(TooManyPendingError, match="at most that many at once"):
        await cache.get("c", cooperative)
    assert not any(caller.done() for caller in callers)
    for caller in callers:
        await _cancelled(caller)


async def _cancelled(caller: "asyncio.Future[EndlessWork]") -> None:
    caller.cancel()
    await asyncio.wait([caller])
