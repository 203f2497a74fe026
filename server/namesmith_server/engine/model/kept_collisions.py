"""The collision probabilities that take long to find, kept for the questions that come again."""

from collections.abc import Awaitable, Callable

from cachetools import LRUCache

from namesmith_server.engine.distributions import Sampling
from namesmith_server.engine.model.shared_value import SharedValue
from namesmith_server.engine.request import Constraint

KEPT = 16
"""Number of samplings and constraints whose probabilities are kept."""

Find = Callable[[Sampling, Constraint], Awaitable[float]]


class KeptCollisions:
    """Probabilities by sampling and constraint, each found once for all who ask meanwhile."""

    def __init__(self, find: Find) -> None:
        """Set the function that finds a probability."""
        self._find = find
        self._kept = LRUCache[tuple[Sampling, Constraint], SharedValue[float]](KEPT)

    async def get(self, sampling: Sampling, constraint: Constraint) -> float:
        """Return the probability; raise the errors of the function."""
        key = sampling, constraint
        if key not in self._kept:
            self._kept[key] = SharedValue(lambda: self._find(sampling, constraint))
        return await self._kept[key].get()

    def forget(self) -> None:
        """Keep no probability."""
        self._kept.clear()
