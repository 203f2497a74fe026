"""The chains of a table model: made when first asked for, kept within a bound."""

import asyncio
from concurrent.futures import Executor

from cachetools import LRUCache

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.chain import Chain
from namesmith_server.engine.parameters import Order, Sampling

KEPT = 128 << 20
"""Bytes of chains that are kept."""

Key = tuple[Sampling, int, int]


class Chains:
    """Used from one event loop; chains are made off it, each once however many wait for it."""

    def __init__(self, table: LogProbs, executor: Executor) -> None:
        """Takes the canonical table float32 [V^L, V]."""
        self._table = table
        self._executor = executor
        self._kept = LRUCache[Key, Chain](KEPT, getsizeof=lambda chain: chain.size)
        self._last: tuple[Key | None, Chain | None] = None, None  # asked for again and again
        self._making: dict[Key, asyncio.Future[Chain]] = {}

    def warm(self) -> None:
        """Makes the chain of an order that asks for nothing special."""
        key = _key(Order(1, 0))
        chain = self._kept[key] = Chain(self._table, *key)
        self._last = key, chain

    def ready(self, order: Order) -> Chain | None:
        """The chain of an order, where it is kept."""
        key = _key(order)
        if key != self._last[0]:
            chain = self._kept.get(key)
            if chain is None:
                return None
            self._last = key, chain
        return self._last[1]

    async def get(self, order: Order) -> Chain:
        """The chain of an order, made where it is not kept."""
        chain = self.ready(order)
        if chain is None:
            # A caller that gives up must not take the chain from the others.
            chain = await asyncio.shield(self._made(_key(order)))
        return chain

    def _made(self, key: Key) -> "asyncio.Future[Chain]":
        if key not in self._making:
            loop = asyncio.get_running_loop()
            making = loop.run_in_executor(self._executor, Chain, self._table, *key)
            self._making[key] = making
            making.add_done_callback(lambda made: self._keep(key, made))
        return self._making[key]

    def _keep(self, key: Key, made: "asyncio.Future[Chain]") -> None:
        del self._making[key]
        if not made.cancelled() and made.exception() is None and made.result().size <= KEPT:
            self._kept[key] = made.result()


def _key(order: Order) -> Key:
    constraint = order.constraint
    return order.sampling, constraint.min_length, constraint.max_length
