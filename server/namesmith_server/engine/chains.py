"""The chains of a table model."""

from concurrent.futures import Executor

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.cache import Cache
from namesmith_server.engine.chain import Chain
from namesmith_server.engine.parameters import Order, Sampling

KEPT = 128 << 20
"""Bytes of chains that are kept."""

Key = tuple[Sampling, int, int]


class Chains:
    """Used from one event loop."""

    def __init__(self, table: LogProbs, executor: Executor) -> None:
        """Takes the canonical table float32 [V^L, V]."""
        self._kept = Cache[Key, Chain](KEPT, lambda key: Chain(table, *key), executor)
        self._last: tuple[Key | None, Chain | None] = None, None  # asked for again and again

    def warm(self) -> None:
        """Makes the chain of an order that asks for nothing special."""
        key = _key(Order(1, 0))
        self._last = key, self._kept.warm(key)

    def ready(self, order: Order) -> Chain | None:
        """The chain of an order, where it is kept."""
        key = _key(order)
        if key != self._last[0]:
            chain = self._kept.ready(key)
            if chain is None:
                return None
            self._last = key, chain
        return self._last[1]

    async def get(self, order: Order) -> Chain:
        """The chain of an order, made where it is not kept."""
        return await self._kept.get(_key(order))


def _key(order: Order) -> Key:
    constraint = order.constraint
    return order.sampling, constraint.min_length, constraint.max_length
