"""The conditioned chains of one model, built when first needed and kept up to a number of bytes."""

from concurrent.futures import Executor
from functools import lru_cache

from namesmith_server.engine import native
from namesmith_server.engine.concurrency import CooperativeExecutor, SingleFlightCache
from namesmith_server.engine.constraints import ConstraintCompiler
from namesmith_server.engine.distributions import ProcessedTable, Sampling
from namesmith_server.engine.markov import (
    Chain,
    ConditionedChain,
    free_trellis,
    reachable_trellis,
)
from namesmith_server.engine.request import Constraint

CACHED_BYTES = 128 << 20
"""Largest number of bytes of the free chains that are kept, and of the constrained chains."""

CACHED_TABLES = 4
"""Number of processed tables that are kept for further constraints under the same sampling."""

Key = tuple[Sampling, Constraint]


class ConditionedChains:
    """The conditioned chains by sampling and constraint; used from one event loop.

    A *free* chain, constrained in lengths alone, serves every prefix. It is built quickly, in the
    threads that draw names; building a chain under other constraints may take long, and takes turns
    with other long work.
    """

    def __init__(
        self,
        chain: Chain,
        compiler: ConstraintCompiler,
        executor: Executor,
        cooperative: CooperativeExecutor,
    ) -> None:
        """Build the chain of the default sampling and the default lengths."""
        self.chain = chain
        self._compiler = compiler
        self._table = lru_cache(CACHED_TABLES)(self._process)
        default = Sampling(), Constraint()
        usual = self._build_packed(default)
        self._last: tuple[Key, ConditionedChain] = default, usual  # asked for again and again
        capacity = max(CACHED_BYTES, 3 * usual.drawing_size)  # of the largest tables, a few
        self._free = SingleFlightCache[Key, ConditionedChain](
            capacity, self._build_packed, executor, lambda chain: chain.drawing_size
        )
        self._free.put(default, usual)
        self._constrained = SingleFlightCache[Key, ConditionedChain](
            CACHED_BYTES, self._build, cooperative
        )

    def peek(self, sampling: Sampling, constraint: Constraint) -> ConditionedChain | None:
        """Return the chain that names are drawn from; None where it is not kept."""
        key = _sampling_key(sampling, constraint)
        if key != self._last[0]:
            chain = self._cache(key).peek(key)
            if chain is None:
                return None
            self._last = key, chain
        return self._last[1]

    async def get(self, sampling: Sampling, constraint: Constraint) -> ConditionedChain:
        """Return the chain that names are drawn from, free for a constraint without content.

        Raises:
            PatternError, TooComplexError: the constraint is malformed, or costs too much.
            TooManyPendingError: too many other chains are being built.
        """
        key = _sampling_key(sampling, constraint)
        return await self._cache(key).get(key)

    async def get_for_questions(
        self, sampling: Sampling, constraint: Constraint
    ) -> ConditionedChain:
        """Return the chain that starts behind the prefix; raise the errors of ``get``."""
        return await self._constrained.get((sampling, constraint))

    def untransformed_table(self) -> ProcessedTable:
        """Return the table under the default sampling."""
        return self._table(Sampling())

    def _cache(self, key: Key) -> SingleFlightCache[Key, ConditionedChain]:
        return self._free if _is_free(key[1]) else self._constrained

    def _build_packed(self, key: Key) -> ConditionedChain:
        """Build a chain ready to be drawn from on the event loop, with nothing left to compute."""
        chain = self._build(key)
        if native.available:
            _ = chain.packed
        return chain

    def _build(self, key: Key) -> ConditionedChain:
        sampling, (prefix, min_length, max_length, content) = key
        if _is_free(key[1]):
            trellis = free_trellis(self.chain, max_length)
        else:
            dfa = self._compiler.compile(content, max_length)
            trellis = reachable_trellis(self.chain, dfa, prefix, max_length)
        return ConditionedChain(self._table(sampling), trellis, prefix, min_length)

    def _process(self, sampling: Sampling) -> ProcessedTable:
        return ProcessedTable(self.chain.log_probs, sampling)


def _is_free(constraint: Constraint) -> bool:
    return not constraint.prefix and not constraint.content


def _sampling_key(sampling: Sampling, constraint: Constraint) -> Key:
    if constraint.prefix and not constraint.content:
        constraint = constraint._replace(prefix=())
    return sampling, constraint
