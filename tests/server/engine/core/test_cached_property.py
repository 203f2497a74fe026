"""The cached property without a lock: a value is computed once, beside other objects' values."""

import threading
from concurrent.futures import ThreadPoolExecutor

from namesmith_server.engine.core import unlocked_cached_property


def test_a_value_is_computed_once_and_no_lock_is_held() -> None:
    """Two threads compute the values of two objects, each waiting until the other has begun."""
    together = threading.Barrier(2, timeout=30)

    class Thing:
        @unlocked_cached_property
        def value(self) -> int:
            """Wait until the other thread has begun."""
            together.wait()
            return 7

    things = Thing(), Thing()
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda thing: thing.value, things)) == [7, 7]
    assert all(vars(thing) == {"value": 7} for thing in things)
    assert [thing.value for thing in things] == [7, 7]  # the barrier would wait for ever
