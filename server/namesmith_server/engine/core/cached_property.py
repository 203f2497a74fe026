"""A property that is computed when first asked for, and kept."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

Value = TypeVar("Value")


class unlocked_cached_property(Generic[Value]):  # noqa: N801 - used as ``property`` is
    """A property that is computed when first asked for, and kept, without a lock.

    Python 3.12's ``functools.cached_property`` behaves the same. In Python 3.11 it computes under a
    lock that all objects of the class share: work that takes turns (``concurrency``) would wait for
    itself. Two threads that read the property at the same time may compute the value twice.
    """

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> Self: ...

    @overload
    def __get__(self, owner: object, kind: type) -> Value: ...

    def __get__(self, owner: object | None, kind: type) -> Self | Value:
        """Compute the value and keep it in the object, which holds it for every later read."""
        if owner is None:
            return self
        value = vars(owner)[self._name] = self._compute(owner)
        return value
