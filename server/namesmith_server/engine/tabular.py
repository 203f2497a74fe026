"""Sampling on a table: a request runs by itself, small ones at once, large ones off the loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.chain import Chain
from namesmith_server.engine.chains import Chains
from namesmith_server.engine.compiled import FEW, CompiledWalk
from namesmith_server.engine.frames import Frames
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.stream import Codec
from namesmith_server.engine.walk import in_lockstep

LONG = 1 << 20
"""Symbols times vocabulary size that are walked at once."""


class TabularSampler:
    """A ``Sampler`` on a table model's chains.

    Attributes:
        compiled: whether it walks in compiled code; if not, in numpy.
    """

    def __init__(self, table: LogProbs, codec: Codec, executor: Executor) -> None:
        """Takes the canonical table float32 [V^L, V]."""
        self._chains = Chains(table, executor)
        self._codec = codec
        self._vocab_size = codec.vocab_size
        self._executor = executor
        self._walk: Callable[[Chain, Order], Frames] = self._in_lockstep
        self.compiled = True
        try:
            self._walk = CompiledWalk(codec)
        except ImportError:
            self.compiled = False

    def at_once(self, order: Order) -> Frames | None:
        """As ``Sampler``."""
        longest = order.count * order.constraint.max_length
        if not self.compiled or order.count > FEW or longest * self._vocab_size > LONG:
            return None
        chain = self._chains.ready(order)
        return None if chain is None else self._walk(chain, order)

    async def sample(self, order: Order) -> Frames:
        """As ``Sampler``."""
        chain = await self._chains.get(order)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._walk, chain, order)

    def close(self) -> None:
        """As ``Sampler``: nothing of its own runs."""

    def _in_lockstep(self, chain: Chain, order: Order) -> Frames:
        return self._codec.frames(in_lockstep(chain, order))
