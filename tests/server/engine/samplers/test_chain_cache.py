"""The cache of conditioned chains: a chain is built once for all requests that wait for it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

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
from namesmith_server.engine.concurrency import CooperativeExecutor
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
    question = await small_chains.get_for_questions(sampling, Constraint((1, 2), 1, 9))
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
