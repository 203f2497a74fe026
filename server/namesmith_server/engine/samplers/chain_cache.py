"""The conditioned chains of one model, built when first needed and kept up to a number of bytes."""

from concurrent.futures import Executor
from functools import lru_cache
from weakref import WeakSet

from namesmith_server.engine import native
from namesmith_server.engine.concurrency import CooperativeExecutor, SingleFlightCache
from namesmith_server.engine.constraints import ConstraintCompiler
from namesmith_server.engine.distributions import ProcessedTable, Sampling
from namesmith_server.engine.markov import (
    MAX_LAYER_BYTES,
    MAX_VALUE_BYTES,
    Chain,
    ConditionedChain,
    free_trellis,
    reachable_trellis,
)
from namesmith_server.engine.request import Constraint

CACHED_BYTES = 128 << 20
"""Largest number of bytes of the free chains that are kept, and of the constrained chains, unless
the model is large."""

LARGE_CACHED_CHAINS = 4
"""Number of chains, each as large as the default one, that are kept of a large model, up to
``LARGE_CACHED_BYTES``."""

LARGE_CACHED_BYTES = MAX_LAYER_BYTES + MAX_VALUE_BYTES
"""Largest number of bytes that are kept of a model of any size; any chain that is built fits."""

TABLE_BYTES = 128 << 20
"""Largest number of bytes of the processed tables that are kept for further constraints under the
same sampling; one table is kept in any case, and at most ``CACHED_TABLES``."""

CACHED_TABLES = 4

Key = tuple[Sampling, Constraint]


class ConditionedChains:
    """The conditioned chains by sampling and constraint; used from one event loop.

    A *free* chain, constrained in lengths alone, serves every prefix. It is built quickly, in the
    threads that draw names; building a chain under other constraints may take long, and takes turns
    with other long work. The chain of the default sampling and the default lengths is always kept.
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
        self._usual_key = Sampling(), Constraint()
        self._usual_table = ProcessedTable(chain.log_probs, Sampling())
        kept_tables = TABLE_BYTES // self._usual_table.size
        self._table = lru_cache(min(max(kept_tables, 1), CACHED_TABLES))(self._process)
        self._usual = self._build_packed(self._usual_key)
        self._last = self._usual_key, self._usual  # asked for again and again
        self._asked = WeakSet[ConditionedChain]()
        usual_size = self._usual.drawing_size + self._usual_table.drawing_size
        wanted = max(CACHED_BYTES, LARGE_CACHED_CHAINS * usual_size)
        capacity = min(wanted, LARGE_CACHED_BYTES)
        self._free = SingleFlightCache[Key, ConditionedChain](
            capacity, self._build_packed, executor, self._size
        )
        self._constrained = SingleFlightCache[Key, ConditionedChain](
            capacity, self._build_packed, cooperative, self._size
        )

    def peek(self, sampling: Sampling, constraint: Constraint) -> ConditionedChain | None:
        """Return the chain that names are drawn from; None where it is not kept."""
        key = _sampling_key(sampling, constraint)
        if key != self._last[0]:
            chain = self._usual if key == self._usual_key else self._cache(key).peek(key)
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
        return self._usual if key == self._usual_key else await self._cache(key).get(key)

    async def get_for_questions(
        self, sampling: Sampling, constraint: Constraint
    ) -> ConditionedChain:
        """Return the chain that starts behind the prefix; raise the errors of ``get``."""
        key = sampling, constraint
        if key == self._usual_key:
            return self._usual
        cache = self._cache(key)
        chain = await cache.get(key)
        if chain not in self._asked:  # it will grow, and then weighs more
            self._asked.add(chain)
            cache.put(key, chain)
        return chain

    def untransformed_table(self) -> ProcessedTable:
        """Return the table under the default sampling."""
        return self._usual_table

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
        if sampling == Sampling():
            return self._usual_table
        return ProcessedTable(self.chain.log_probs, sampling)

    def _size(self, chain: ConditionedChain) -> int:
        """Return the number of bytes that a chain holds, and all its table's but the usual one."""
        table = chain.table
        asked = chain in self._asked
        own = 0 if table is self._usual_table else table.size if asked else table.drawing_size
        return own + (chain.size if asked else chain.drawing_size)


def _is_free(constraint: Constraint) -> bool:
    return not constraint.prefix and not constraint.content


def _sampling_key(sampling: Sampling, constraint: Constraint) -> Key:
    if constraint.prefix and not constraint.content:
        constraint = constraint._replace(prefix=())
    return sampling, constraint
