"""The numbered names of one model, by constraint and capacity, built when needed and kept."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from namesmith_server.engine.concurrency import (
    Claim,
    CooperativeExecutor,
    Ledger,
    SingleFlightCache,
)
from namesmith_server.engine.constraints import ConstraintCompiler
from namesmith_server.engine.markov import Chain
from namesmith_server.engine.numbering import MAX_TABLE_BYTES, NumberedNames, number_names
from namesmith_server.engine.request import Constraint

T = TypeVar("T")


class Key(NamedTuple):
    """The constraint of numbered names, and how many there are."""

    constraint: Constraint
    capacity: int


class Numberings:
    """The numbered names of a chain; used from one event loop, works off it."""

    def __init__(
        self,
        chain: Chain,
        compiler: ConstraintCompiler,
        cooperative: CooperativeExecutor,
        ledger: Ledger,
    ) -> None:
        """Set the chain, the compiler of its constraints, the threads and the memory."""
        self._chain = chain
        self._compiler = compiler
        self._cooperative = cooperative
        self._ledger = ledger
        self._cache = SingleFlightCache[Key, NumberedNames](ledger.shelf, self._build)

    async def run(self, key: Key, work: Callable[[NumberedNames], T]) -> T:
        """Do work on numbered names in a thread that takes turns; raise the errors of both.

        Raises:
            PatternError, TooComplexError: the constraint is malformed, or costs too much.
            UnsatisfiableError, CapacityError: no name is admitted, or fewer than the capacity.
            MemoryShortError: memory is short.
            TooManyPendingError: too much other work waits.
        """

        async def within(claim: Claim) -> T:
            before, executor = claim.held, self._cooperative.within(claim)
            numbered = await self._cache.get(key, executor)
            claim.reserve(max(numbered.size - (claim.held - before), 0))  # built by others
            return await asyncio.get_running_loop().run_in_executor(executor, work, numbered)

        kept = self._cache.peek(key)
        return await self._ledger.run(within, MAX_TABLE_BYTES if kept is None else kept.size)

    def forget(self) -> None:
        """Keep no numbered names any longer."""
        self._cache.close()

    def _build(self, key: Key) -> NumberedNames:
        prefix, min_length, max_length, content = key.constraint
        dfa = self._compiler.compile(content, max_length)
        return number_names(self._chain, dfa, prefix, (min_length, max_length), key.capacity)
