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
        """Takes the canonical table float32 [V^L, V]; makes the chain of a plain order."""
        key = _key(Order(1, 0))
        plain = Chain(table, *key)
        self._last: tuple[Key, Chain] = key, plain  # asked for again and again
        kept = max(KEPT, 3 * plain.size)  # of the largest tables, a few
        self._kept = Cache[Key, Chain](kept, lambda key: Chain(table, *key), executor)
        self._kept.put(key, plain)

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
