"""The hook at which a long computation lets others go on.

Mathematics calls ``checkpoint`` in its loops, every few milliseconds at the latest, and knows
nothing of threads. The side that serves sets the hook (``concurrency.cooperative``): it hands the
processor on, or raises where nobody waits for the result any more. Without a hook nothing happens.
"""

from collections.abc import Callable
from typing import Final

_hooks: Final[list[Callable[[], None]]] = []


def checkpoint() -> None:
    """Call the hook; raise its errors."""
    for hook in _hooks:
        hook()


def set_checkpoint_hook(hook: Callable[[], None]) -> None:
    """Make ``hook`` the one that ``checkpoint`` calls, in place of any before."""
    _hooks[:] = [hook]
