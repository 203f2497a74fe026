"""The shelf of kept values: bounded in bytes, and emptied of what nobody uses."""

from namesmith_server.engine.concurrency import Shelf


class Clock:
    """A clock that a test sets.

    Attributes:
        now: seconds.
    """

    now = 0.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now


def test_the_least_recently_used_value_leaves_first() -> None:
    """A value that was looked at stays; one that is larger than the shelf is kept alone."""
    shelf = Shelf(10)
    shelf.put("a", 1, 4)
    shelf.put("b", 2, 4)
    assert shelf.get("a") == 1
    shelf.put("c", 3, 4)
    assert (shelf.get("a"), shelf.get("b"), shelf.get("c")) == (1, None, 3)
    shelf.put("d", 4, 11)
    assert shelf.size == 11
    shelf.put("e", 5, 1)
    assert (shelf.get("d"), shelf.size) == (None, 1)


def test_a_value_has_the_size_of_its_last_put() -> None:
    """A value that has grown is put again."""
    shelf = Shelf(10)
    shelf.put("a", 1, 4)
    shelf.put("a", 1, 6)
    assert shelf.size == 6
    shelf.drop("a")
    shelf.drop("a")
    assert shelf.size == 0


def test_values_that_nobody_uses_leave_down_to_a_size() -> None:
    """Values used within the time stay, and so does the last one that fits."""
    clock = Clock()
    shelf = Shelf(10, clock)
    for key in ("a", "b", "c"):
        shelf.put(key, key, 3)
    clock.now = 4
    assert shelf.get("a") == "a"
    clock.now = 6
    shelf.evict(3, unused=5)
    assert [shelf.get(key) for key in ("a", "b", "c")] == ["a", None, None]
    shelf.put("b", "b", 3)
    shelf.evict(3, unused=5)
    assert shelf.size == 6
