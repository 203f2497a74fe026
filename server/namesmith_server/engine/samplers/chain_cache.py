"""The conditioned chains of one model, built when first needed and kept while there is room."""

from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from weakref import WeakSet, WeakValueDictionary

from namesmith_server.engine import native
from namesmith_server.engine.concurrency import (
    Claim,
    CooperativeExecutor,
    Ledger,
    SingleFlightCache,
)
from namesmith_server.engine.constraints import ConstraintCompiler
from namesmith_server.engine.core import work_counts
from namesmith_server.engine.distributions import ProcessedTable, Sampling
from namesmith_server.engine.markov import (
    Chain,
    ConditionedChain,
    free_size,
    free_trellis,
    largest_question,
    reachable_trellis,
)
from namesmith_server.engine.request import Constraint

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
        ledger: Ledger | None = None,
    ) -> None:
        """Build the chain of the default sampling and the default lengths.

        Args:
            chain: the model's chain.
            compiler: of the model's constraints.
            executor: threads that draw names.
            cooperative: runs long work.
            ledger: counts the bytes of work, and holds the chains that are kept; None: no bound.
        """
        self.chain = chain
        self.ledger = Ledger() if ledger is None else ledger
        self.ledger.largest_work = max(self.ledger.largest_work, largest_question(chain))
        self._compiler = compiler
        self._executor = executor
        self._cooperative = cooperative
        self._usual_key = Sampling(), Constraint()
        self._usual_table = ProcessedTable(chain.log_probs, Sampling())
        self._tables = WeakValueDictionary[Sampling, ProcessedTable]()
        self._usual = self._build(self._usual_key)
        self._asked = WeakSet[ConditionedChain]()
        self._cache = SingleFlightCache[Key, ConditionedChain](
            self.ledger.shelf, self._build_or_copy, self._size
        )

    def peek(self, sampling: Sampling, constraint: Constraint) -> ConditionedChain | None:
        """Return the chain that names are drawn from; None where it is not kept."""
        key = _sampling_key(sampling, constraint)
        return self._usual if key == self._usual_key else self._cache.peek(key)

    async def get(self, sampling: Sampling, constraint: Constraint) -> ConditionedChain:
        """Return the chain that names are drawn from, free for a constraint without content.

        Raises:
            PatternError, TooComplexError: the constraint is malformed, or costs too much.
            MemoryShortError: memory is short.
            TooManyPendingError: too much other work waits.
        """
        chain = self.peek(sampling, constraint)
        if chain is not None:
            self.count_hit(chain)
            return chain
        key = _sampling_key(sampling, constraint)
        size = self._free_size(key) if _is_free(key[1]) else 0
        return await self.ledger.run(lambda claim: self._get_within(claim, key), size)

    def peek_for_questions(
        self, sampling: Sampling, constraint: Constraint
    ) -> ConditionedChain | None:
        """Return the chain that ``get_for_questions`` returns; None where it is not kept."""
        return self._cache.peek((sampling, constraint))

    def count_hit(self, chain: ConditionedChain) -> None:
        """Count a request that found its chain among the kept ones."""
        if chain is not self._usual:
            work_counts.chain_hits += 1

    async def get_for_questions(
        self, claim: Claim, sampling: Sampling, constraint: Constraint
    ) -> ConditionedChain:
        """Return the chain that starts behind the prefix, for work under a claim.

        Raises:
            PatternError, TooComplexError: the constraint is malformed, or costs too much.
            OutgrownError: the chain is larger than the claim.
        """
        key = sampling, constraint
        chain = await self._get_within(claim, key)
        if chain not in self._asked:  # it will grow, and then weighs more
            self._asked.add(chain)
            self._cache.put(key, chain)
        return chain

    def lend(self, chain: ConditionedChain) -> AbstractContextManager[None]:
        """Count the bytes of a chain while names are drawn from it outside of a claim."""
        if chain is self._usual:
            return nullcontext()
        return self.ledger.lend(chain, self._size(chain))

    def forget(self) -> None:
        """Keep no chain any longer, also none that is being built; but for the default one."""
        self._cache.close()

    def untransformed_table(self) -> ProcessedTable:
        """Return the table under the default sampling."""
        return self._usual_table

    async def _get_within(self, claim: Claim, key: Key) -> ConditionedChain:
        """Return the chain of a key, which the claim holds with whatever it has computed."""
        before = claim.held
        executor = self._cooperative.within(claim)
        free = _is_free(key[1]) and key != self._usual_key
        chain = await self._cache.get(key, self._executor if free else executor)
        claim.reserve(max(chain.held_size - (claim.held - before), 0))  # built by others, or free
        return chain

    def _build_or_copy(self, key: Key) -> ConditionedChain:
        """Build a chain; of the default chain, which stays, copy all but what questions add."""
        work_counts.count_build()
        return copy(self._usual) if key == self._usual_key else self._build(key)

    def _build(self, key: Key) -> ConditionedChain:
        """Build a chain ready to be drawn from on the event loop, with nothing left to compute."""
        sampling, (prefix, min_length, max_length, content) = key
        if _is_free(key[1]):
            trellis = free_trellis(self.chain, max_length)
        else:
            dfa = self._compiler.compile(content, max_length)
            trellis = reachable_trellis(self.chain, dfa, prefix, max_length)
        chain = ConditionedChain(self._table(sampling), trellis, prefix, min_length)
        if native.available:
            _ = chain.packed
        return chain

    def _table(self, sampling: Sampling) -> ProcessedTable:
        """Return the table of a sampling, which chains of the same sampling share."""
        if sampling == Sampling():
            return self._usual_table
        table = self._tables.get(sampling)
        if table is None:
            table = self._tables[sampling] = ProcessedTable(self.chain.log_probs, sampling)
        return table

    def _free_size(self, key: Key) -> int:
        """Return the number of bytes of a free chain and its table."""
        sampling, constraint = key
        table = 0 if sampling == Sampling() else self._usual_table.drawing_size
        return table + free_size(self.chain, constraint.max_length)

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
