"""The sampler of a model with a chain: exact, under any constraint, each request by itself."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import Executor

import numpy as np

from namesmith_server.engine import native
from namesmith_server.engine.concurrency import Claim, CooperativeExecutor
from namesmith_server.engine.core import EncodedNames, checkpoint, chunk_slices
from namesmith_server.engine.distributions import Keys
from namesmith_server.engine.markov import (
    ConditionedChain,
    GumbelRanking,
    Start,
    best_names,
    packed_rows,
    sample_batch,
)
from namesmith_server.engine.request import GenerateRequest
from namesmith_server.engine.results import NamesChunk
from namesmith_server.engine.samplers.base import Sampler
from namesmith_server.engine.samplers.chain_cache import ConditionedChains

MAX_INLINE_COST = 1 << 20
"""Largest product of symbols and vocabulary size of a request that is drawn on the event loop."""

PART = 4096
"""Number of names that a thread draws before other requests have their turn: about 1 ms."""

CHUNKS_IN_FLIGHT = 2
"""Chunks of one request that are drawn or wait to be read: while one is sent, one is drawn."""

THREADS_PER_CHUNK = 2
"""Number of threads that draw one chunk."""


class ChainSampler(Sampler):
    """A ``Sampler`` on conditioned chains.

    A small request is drawn inline, a larger request in threads, chunk by chunk; distinct names are
    found by a beam search, which takes turns with other long work.
    """

    def __init__(
        self, chains: ConditionedChains, executor: Executor, cooperative: CooperativeExecutor
    ) -> None:
        """Set the chains, the threads that draw names, and the executor of long work."""
        self._chains = chains
        self._symbol_cost = chains.chain.vocab_size
        self._executor = executor
        self._cooperative = cooperative

    def try_sample_inline(self, request: GenerateRequest) -> EncodedNames | None:
        """Draw the names of a small request from a chain that is kept; None for other requests."""
        cost = request.count * request.constraint.max_length * self._symbol_cost
        if request.count > native.FEW or cost > MAX_INLINE_COST or request.distinct:
            return None
        chain = self._chains.peek(request.sampling, request.constraint)
        if chain is None or not _is_compiled(chain):
            return None
        start = chain.start_or_none(request.constraint.prefix)
        if start is None:
            return None
        self._chains.count_hit(chain)
        return _walk(chain, start, request)

    async def stream(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        """Draw the names of a request from the conditional distribution itself."""
        if request.distinct:
            async for chunk in self._stream_distinct(request):
                yield chunk
            return
        chain = await self._chains.get(request.sampling, request.constraint)
        loop = asyncio.get_running_loop()
        if chain.start_or_none(request.constraint.prefix) is None:
            await loop.run_in_executor(self._cooperative, chain.start, request.constraint.prefix)
        with self._chains.lend(chain):
            async for chunk in self._stream_chunks(chain, request):
                yield chunk

    async def _stream_chunks(
        self, chain: ConditionedChain, request: GenerateRequest
    ) -> AsyncIterator[NamesChunk]:
        in_flight: deque[asyncio.Future[list[EncodedNames]]] = deque()
        try:
            for part in request.split(PART * THREADS_PER_CHUNK):
                in_flight.append(self._begin_chunk(chain, part))
                if len(in_flight) == CHUNKS_IN_FLIGHT:
                    yield NamesChunk(np.concatenate(await in_flight.popleft()))
            while in_flight:
                yield NamesChunk(np.concatenate(await in_flight.popleft()))
        finally:
            for pending in in_flight:
                pending.add_done_callback(_retrieve)
                pending.cancel()

    def _begin_chunk(
        self, chain: ConditionedChain, part: GenerateRequest
    ) -> "asyncio.Future[list[EncodedNames]]":
        """Begin to draw the names of a chunk in threads; return the future of its pieces."""
        share = -(-part.count // THREADS_PER_CHUNK) if part.count > PART else part.count
        loop = asyncio.get_running_loop()
        return asyncio.gather(
            *(
                loop.run_in_executor(self._executor, draw, chain, piece)
                for piece in part.split(share)
            )
        )

    async def _stream_distinct(self, request: GenerateRequest) -> AsyncIterator[NamesChunk]:
        wanted = request.first_row + request.count
        chunks, found = await self._chains.ledger.run(
            lambda claim: self._find_distinct(claim, request, wanted)
        )
        for chunk in chunks[:-1]:
            yield NamesChunk(chunk)
        yield NamesChunk(chunks[-1], exhausted=found < wanted)

    async def _find_distinct(
        self, claim: Claim, request: GenerateRequest, wanted: int
    ) -> tuple[list[EncodedNames], int]:
        sampling, constraint = request.sampling, request.constraint
        chain = await self._chains.get_for_questions(claim, sampling, constraint)
        return await asyncio.get_running_loop().run_in_executor(
            self._cooperative.within(claim), _draw_distinct, chain, request, wanted
        )


def _retrieve(chunk: "asyncio.Future[list[EncodedNames]]") -> None:
    """Retrieve the outcome of a chunk that nobody waits for, which asyncio would log otherwise."""
    if not chunk.cancelled():
        chunk.exception()


def draw(chain: ConditionedChain, request: GenerateRequest) -> EncodedNames:
    """Draw the names of a request, in compiled code where it is available.

    Raises:
        UnsatisfiableError: no admitted name begins with the prefix.
        TooRareError: the admitted names that begin with the prefix are too improbable.
    """
    prefix = request.constraint.prefix
    if not _is_compiled(chain):
        return sample_batch(chain, prefix, request.rng_keys())
    return _walk(chain, chain.start(prefix), request)


def draw_by_keys(chain: ConditionedChain, prefix: tuple[int, ...], keys: Keys) -> EncodedNames:
    """Draw a name by each key of a generator, uint64 [B], at least one; raise as ``draw`` does."""
    if not _is_compiled(chain):
        return sample_batch(chain, prefix, keys)
    start, longest = chain.start(prefix), chain.max_length
    return native.walk(chain.packed, prefix, *start, 0, 0, len(keys), longest, keys)


def _is_compiled(chain: ConditionedChain) -> bool:
    return native.available and chain.vocab_size <= native.layouts.MAX_VOCAB_SIZE


def _walk(chain: ConditionedChain, start: Start, request: GenerateRequest) -> EncodedNames:
    return native.walk(
        chain.packed,
        request.constraint.prefix,
        *start,
        request.seed,
        request.first_row,
        request.count,
        chain.max_length,
        None if request.seeds is None else request.rng_keys(),
    )


def _draw_distinct(
    chain: ConditionedChain, request: GenerateRequest, wanted: int
) -> tuple[list[EncodedNames], int]:
    """Return chunks of names drawn without replacement, and the number of names found in all."""
    chain.start(request.constraint.prefix)  # raises where no name can be drawn
    rows = best_names(GumbelRanking(chain), wanted, request.seed).names
    chunks = []
    for part in chunk_slices(len(rows) - request.first_row, PART):
        checkpoint()
        chunks.append(packed_rows(rows[request.first_row :][part]))
    return chunks or [np.zeros(0, dtype=np.int32)], len(rows)
