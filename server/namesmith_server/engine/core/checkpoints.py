"""The hooks of a long computation: it lets others go on, and tells the memory that it will hold.

Mathematics calls ``checkpoint`` in its loops, every few milliseconds at the latest, and ``reserve``
before it makes large arrays; it knows no threads. ``concurrency.cooperative`` sets the hooks:
``checkpoint`` hands the processor to another task, or raises where nobody waits for the result any
more, and ``reserve`` raises where the memory was not granted. Without hooks both do nothing.
"""

from collections.abc import Callable
from typing import Final

_checkpoint_hooks: Final[list[Callable[[], None]]] = []
_reserve_hooks: Final[list[Callable[[int], None]]] = []


def checkpoint() -> None:
    """Call the hook; raise its errors."""
    for hook in _checkpoint_hooks:
        hook()


def reserve(size: int) -> None:
    """Tell that the computation will hold ``size`` more bytes from now on; raise the hook's errors.

    Bytes that it gives back while it goes on are not told.
    """
    for hook in _reserve_hooks:
        hook(size)


def set_checkpoint_hook(hook: Callable[[], None]) -> None:
    """Set the hook that ``checkpoint`` calls, in place of any earlier hook."""
    _checkpoint_hooks[:] = [hook]


def set_reserve_hook(hook: Callable[[int], None]) -> None:
    """Set the hook that ``reserve`` calls with a number of bytes, in place of any earlier hook."""
    _reserve_hooks[:] = [hook]
