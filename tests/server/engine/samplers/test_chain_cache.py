"""The cache of conditioned chains: a chain is built once for all requests that wait for it."""

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from weakref import WeakSet

import pytest

from enumeration import CODEC, COMPILER, table
from namesmith_server.engine import (
    Chain,
    Constraint,
    GenerateRequest,
    Model,
    Sampling,
    kinds,
)
from namesmith_server.engine.concurrency import Claim, CooperativeExecutor, Ledger
from namesmith_server.engine.concurrency.ledger import UNLIMITED
from namesmith_server.engine.core import Floats
from namesmith_server.engine.markov import (
    ConditionedChain,
    GumbelRanking,
    ProbabilityRanking,
    best_names,
)
from namesmith_server.engine.samplers import ChainSampler, ConditionedChains


async def test_a_chain_is_built_once_for_all_that_wait_for_it(
    executor: ThreadPoolExecutor,
    cooperative: CooperativeExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten requests at once, then another, build one chain and draw the same names."""
    built = []
    build = ConditionedChains._build

    def counted(self: ConditionedChains, key: object) -> object:
        built.append(key)
        return build(self, key)  # type: ignore[arg-type]

    monkeypatch.setattr(ConditionedChains, "_build", counted)
    chains = ConditionedChains(Chain.from_table(table(3)), COMPILER, executor, cooperative)
    sampler = ChainSampler(chains, executor, cooperative)
    built.clear()  # the default chain
    constraint = Constraint((), 0, 5, (kinds.Pattern("[ab].*(c|d|a)*"), kinds.Novel()))
    request = GenerateRequest(5, 1, constraint=constraint)
    together = await asyncio.gather(*(sampler.sample(request) for _ in range(10)))
    names = [CODEC.decode(chunk.names) for chunk in [*together, await sampler.sample(request)]]
    assert all(one == names[0] for one in names)
    assert len(built) == 1


async def test_every_prefix_under_lengths_shares_one_chain(
    small_chains: ConditionedChains,
) -> None:
    """A prefix leads into the chain of its lengths; under another constraint it has its own."""
    sampling = GenerateRequest(1, 1).sampling
    free = await small_chains.get(sampling, Constraint((), 1, 9))
    assert await small_chains.get(sampling, Constraint((1, 2), 1, 9)) is free
    assert small_chains.peek(sampling, Constraint((3,), 1, 9)) is free
    question = await small_chains.get_for_questions(
        Claim(UNLIMITED), sampling, Constraint((1, 2), 1, 9)
    )
    assert question is not free
    assert question.prefix == (1, 2)
    assert small_chains.peek(sampling, Constraint((1,), 1, 9, (kinds.Novel(),))) is None


async def test_nine_samplings_of_a_usual_model_are_kept(embedded: Model) -> None:
    """Requests that take turns between nine temperatures build nine chains, each once."""
    samplings = [Sampling(temperature=0.5 + i / 10) for i in range(9)]
    for sampling in samplings:
        await embedded.generate(GenerateRequest(1, 1, sampling))
    for sampling in samplings:
        assert embedded.try_generate_inline(GenerateRequest(1, 1, sampling)) is not None


async def test_the_sum_of_kept_chains_stays_bounded(
    executor: ThreadPoolExecutor, cooperative: CooperativeExecutor
) -> None:
    """Chains weigh what they hold, more once questions are asked; the default one always stays."""
    capacity = 40_000
    ledger = Ledger()
    ledger.shelf.capacity = capacity
    chains = ConditionedChains(Chain.from_table(table(3)), COMPILER, executor, cooperative, ledger)
    usual = chains.peek(Sampling(), Constraint())
    held = WeakSet[ConditionedChain]()
    for place in range(40):
        sampling = Sampling(temperature=1 + place % 4 / 10)
        word = tuple(1 + place // 4**digit % 4 for digit in range(3))
        constraint = Constraint((), 1, 9, (kinds.Suffix(word),))
        if place % 2:
            chain = await chains.get_for_questions(Claim(UNLIMITED), sampling, constraint)
            assert best_names(ProbabilityRanking(chain), 3).names.any()
            assert best_names(GumbelRanking(chain), 3).names.any()
        else:
            chain = await chains.get(sampling, constraint)
        held.add(chain)
        await chains.get(sampling, Constraint((), 1, 5 + place))
        del chain
    gc.collect()
    assert 0 < sum(bytes_of(chain) for chain in held) <= capacity
    assert chains.peek(Sampling(), Constraint()) is usual


def bytes_of(chain: ConditionedChain) -> int:
    """Return the number of bytes of every array that a chain and its trellis hold."""
    found: list[list[Floats]] = [value for value in vars(chain).values() if isinstance(value, list)]
    messages = sum(array.nbytes for arrays in found for array in arrays)
    return chain.trellis.size + messages
