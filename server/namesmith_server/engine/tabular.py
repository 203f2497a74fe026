"""Sampling on a table: a request runs by itself, small ones at once, large ones off the loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from namesmith_server.backends.base import LogProbs
from namesmith_server.engine.chain import Chain
from namesmith_server.engine.chains import Chains
from namesmith_server.engine.compiled import FEW, compiled_walk
from namesmith_server.engine.frames import Frames, joined
from namesmith_server.engine.parameters import Order
from namesmith_server.engine.stream import Codec
from namesmith_server.engine.walk import in_lockstep

LONG = 1 << 20
"""Symbols times vocabulary size that are walked at once."""

PART = 4096
"""Names that are drawn at once: a millisecond or so, after which other orders have a turn."""

AT_A_TIME = 4
"""Parts of an order that are drawn or wait to be: others wait for no more of each."""


class TabularSampler:
    """A ``Sampler`` on a table model's chains.

    Attributes:
        part: as ``Sampler``.
        compiled: whether it walks in compiled code; if not, in numpy.
    """

    part = 2 * PART  # two threads draw it

    def __init__(self, table: LogProbs, codec: Codec, executor: Executor) -> None:
        """Takes the canonical table float32 [V^L, V]."""
        self._chains = Chains(table, executor)
        self._codec = codec
        self._vocab_size = codec.vocab_size
        self._executor = executor
        self._walk: Callable[[Chain, Order], Frames] = self._in_lockstep
        self.compiled = True
        try:
            self._walk = compiled_walk(codec)
        except ImportError:
            self.compiled = False

    def at_once(self, order: Order) -> Frames | None:
        """As ``Sampler``."""
        longest = order.count * order.constraint.max_length
        if not self.compiled or order.count > FEW or longest * self._vocab_size > LONG:
            return None
        chain = self._chains.ready(order)
        if chain is None or chain.likely(order.constraint.prefix) is None:
            return None
        return self._walk(chain, order)

    async def sample(self, order: Order) -> Frames:
        """As ``Sampler``: in parts, of which few at a time."""
        chain = await self._chains.get(order)
        turns = asyncio.Semaphore(AT_A_TIME)

        async def drawn(part: Order) -> Frames:
            async with turns:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._executor, self._walk, chain, part)

        return joined(await asyncio.gather(*map(drawn, order.parts(_share(order.count)))))

    def close(self) -> None:
        """As ``Sampler``: nothing of its own runs."""

    def _in_lockstep(self, chain: Chain, order: Order) -> Frames:
        return self._codec.frames(in_lockstep(chain, order))


def _share(count: int) -> int:
    """Names of each part: as many parts as two threads have as much to do with."""
    parts = -(-count // PART)
    return -(-count // (parts + parts % 2 * (parts > 1)))
