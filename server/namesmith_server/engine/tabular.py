"""Sampling on a table: a request runs by itself, small ones at once, large ones off the loop."""

import asyncio
from concurrent.futures import Executor

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.chains import Chains
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.stream import Symbols
from namesmith_server.engine.walk import in_lockstep, one_by_one

FEW = 64
"""Names that are walked at once; more are cheaper in lockstep, and must not hold the loop up."""


class TabularSampler:
    """A ``Sampler`` on a table model's chains."""

    def __init__(self, table: LogProbs, executor: Executor) -> None:
        """Takes the canonical table float32 [V^L, V]."""
        self._chains = Chains(table, executor)
        self._chains.warm()
        self._executor = executor

    async def sample(self, order: Order) -> Symbols:
        """As ``Sampler``."""
        chain = self._chains.ready(order) or await self._chains.get(order)
        if order.count <= FEW:
            return one_by_one(chain, order)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, in_lockstep, chain, order)

    def close(self) -> None:
        """As ``Sampler``: nothing of its own runs."""
