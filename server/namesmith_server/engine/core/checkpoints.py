"""The hook at which a long computation lets other computations go on.

Mathematics calls ``checkpoint`` in its loops, every few milliseconds at the latest, and knows no
threads. ``concurrency.cooperative`` sets the hook, which hands the processor to another task, or
raises where nobody waits for the result any more. Without a hook, ``checkpoint`` does nothing.
"""

from collections.abc import Callable
from typing import Final

_hooks: Final[list[Callable[[], None]]] = []


def checkpoint() -> None:
    """Call the hook; raise its errors."""
    for hook in _hooks:
        hook()


def set_checkpoint_hook(hook: Callable[[], None]) -> None:
    """Set the hook that ``checkpoint`` calls, in place of any earlier hook."""
    _hooks[:] = [hook]
