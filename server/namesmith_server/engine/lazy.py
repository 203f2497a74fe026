"""What is computed once it is asked for."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

Value = TypeVar("Value")


class lazy(Generic[Value]):  # noqa: N801 - used as ``property`` is
    """A property that is computed when first asked for, and kept.

    As ``functools.cached_property`` from Python 3.12 on. The one of 3.11 holds a lock meanwhile,
    one for all objects of the class: work that takes turns (``turns.py``) would wait for itself.
    Two threads that ask at once may compute it twice.
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
        """The value; found in the object itself from the second time on."""
        if owner is None:
            return self
        value = vars(owner)[self._name] = self._compute(owner)
        return value
