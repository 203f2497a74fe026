"""Names under constraints on the chain sampler: reproducible, admitted, refused clearly."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from namesmith.vocabulary import Vocabulary
from namesmith_server.app.settings import BackendName
from namesmith_server.backends import TableBackend
from namesmith_server.engine import (
    Chain,
    Constraint,
    ContentConstraint,
    GenerateRequest,
    Model,
    Sampling,
    UnsatisfiableError,
    kinds,
    native,
)
from namesmith_server.engine.concurrency import CooperativeExecutor
from namesmith_server.engine.constraints import ConstraintCompiler
from namesmith_server.engine.samplers import ChainSampler, ConditionedChains
from namesmith_server.engine.samplers.chain_sampler import CHUNKS_IN_FLIGHT, PART, THREADS_PER_CHUNK

Load = Callable[[BackendName], Model]


def content_of(kind: str, vocabulary: Vocabulary) -> ContentConstraint:
    """Return a constraint of a kind on the embedded model."""
    encode = vocabulary.encode
    return {
        "suffix": kinds.Suffix(tuple(encode("na"))),
        "contains": kinds.Contains(tuple(encode("izz"))),
        "pattern": kinds.Pattern("ka.*(a|o)"),
        "novel": kinds.Novel(),
        "forbidden": kinds.Forbidden((tuple(encode("anna")), tuple(encode("mia")))),
    }[kind]


async def drawn(model: Model, request: GenerateRequest) -> list[str]:
    """Return the names of a request as text."""
    return model.codec.decode((await model.generate(request)).names)


def sampler_of(
    model: Model, executor: ThreadPoolExecutor, cooperative: CooperativeExecutor
) -> ChainSampler:
    """Return a new sampler on the table of a model, with threads of the test's own."""
    assert isinstance(model.backend, TableBackend)
    compiler = ConstraintCompiler(model.vocabulary, np.zeros(0, dtype=np.int64))
    chain = Chain.from_table(model.backend.table)
    chains = ConditionedChains(chain, compiler, executor, cooperative)
    return ChainSampler(chains, executor, cooperative)


@pytest.mark.parametrize("kind", ["suffix", "contains", "pattern", "novel", "forbidden"])
async def test_a_row_depends_on_its_number_alone(embedded: Model, kind: str) -> None:
    """Unary, streamed, from the middle and one at a time, the names are the same."""
    content = (content_of(kind, embedded.vocabulary),)
    request = GenerateRequest(PART + 500, 5, constraint=Constraint(content=content))
    whole = await drawn(embedded, request)
    chunks = [chunk.names async for chunk in embedded.stream(request)]
    assert embedded.codec.decode(np.concatenate(chunks)) == whole
    middle = request._replace(first_row=1_000, count=300)
    assert await drawn(embedded, middle) == whole[1_000:1_300]
    for row in (0, 1, PART, PART + 499):
        assert await drawn(embedded, request._replace(first_row=row, count=1)) == [whole[row]]


@pytest.mark.parametrize("count", [1, 20, native.FEW + 1, PART + 1])
@pytest.mark.parametrize("content", [(), (kinds.Pattern("[ab].*(c|d|a)*"),)])
async def test_without_compiled_code_the_names_are_the_same(
    embedded: Model,
    executor: ThreadPoolExecutor,
    cooperative: CooperativeExecutor,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    content: tuple[ContentConstraint, ...],
) -> None:
    """A package that was built without a compiler draws in numpy, and nothing on the spot."""
    request = GenerateRequest(count, 5, constraint=Constraint((), 1, 12, content))
    names = await drawn(embedded, request)
    monkeypatch.setattr(native, "available", False)
    sampler = sampler_of(embedded, executor, cooperative)
    chunk = await sampler.sample(request)
    assert embedded.codec.decode(chunk.names) == names
    assert sampler.try_sample_inline(request) is None


@pytest.mark.parametrize("backend", ["onnx", "torchscript"])
async def test_backends_of_a_model_with_a_table_draw_the_same_constrained_names(
    small: Load, backend: BackendName
) -> None:
    """Constrained names come from the table, whatever backend computes probabilities."""
    constraint = Constraint((), 2, 12, (kinds.Pattern(".*(n|a)"),))
    request = GenerateRequest(500, 3, Sampling(1.3, top_p=0.9), constraint)
    for one in (request, request._replace(distinct=True)):
        assert await drawn(small(backend), one) == await drawn(small("table"), one)


async def test_constraints_hold_and_combine(embedded: Model) -> None:
    """All kinds, a prefix and lengths hold together under a transformed distribution."""
    encode = embedded.vocabulary.encode
    content = (
        kinds.Suffix(tuple(encode("na"))),
        kinds.Contains(tuple(encode("l"))),
        kinds.Pattern("[a-m]+.*a"),
        kinds.Novel(),
    )
    request = GenerateRequest(
        2_000, 1, Sampling(0.9, 20, 0.98), Constraint(tuple(encode("ma")), 5, 9, content)
    )
    training = set(embedded.codec.decode(embedded._training()))
    names = await drawn(embedded, request)
    assert len(names) == 2_000
    for name in names:
        assert name.startswith("ma")
        assert name.endswith("na")
        assert "l" in name
        assert 5 <= len(name) <= 9
        assert name not in training
    with pytest.raises(UnsatisfiableError):
        await drawn(embedded, request._replace(sampling=Sampling(temperature=0)))


async def test_constrained_names_have_the_models_own_log_probabilities(embedded: Model) -> None:
    """Neither the constraint nor the temperature changes a reported log-probability."""
    constraint = Constraint(content=(kinds.Pattern("ka.*(a|o)"),))
    request = GenerateRequest(100, 1, Sampling(0.7), constraint, with_log_probs=True)
    for one in (request, request._replace(distinct=True)):
        found = await embedded.generate(one)
        assert found.log_probs is not None
        scores = await embedded.score(embedded.codec.decode(found.names))
        assert found.log_probs.tolist() == scores.log_probs.tolist()


async def test_names_go_on_from_a_prefix_that_is_never_drawn(small_sampler: ChainSampler) -> None:
    """A prefix is taken as given, by names with and without replacement."""
    constraint = Constraint((1, 1), 2, 6, (kinds.Novel(),))
    request = GenerateRequest(3, 1, Sampling(top_k=1), constraint)
    three = (await small_sampler.sample(request)).names.tolist()
    once = await small_sampler.sample(request._replace(distinct=True))
    assert once.names.tolist() * 3 == three
    assert three[:2] == [1, 1]
    assert once.exhausted


async def test_a_small_request_waits_for_few_parts_of_a_large_one(
    embedded: Model, cooperative: CooperativeExecutor
) -> None:
    """A large request hands out few parts at a time, not all before the next request comes."""
    begun: list[int] = []

    class Recorder(ThreadPoolExecutor):
        def submit(self, work: Any, /, *args: Any, **options: Any) -> Any:
            begun.append(args[1].count)
            return super().submit(work, *args, **options)

    large, small = GenerateRequest(20 * PART, 1), GenerateRequest(native.FEW + 1, 2)
    with Recorder(1) as executor:
        sampler = sampler_of(embedded, executor, cooperative)
        pending = asyncio.create_task(sampler.sample(large))
        await asyncio.sleep(0)  # its first parts are handed out before any is drawn
        few = await sampler.sample(small)
        assert begun.index(small.count) == CHUNKS_IN_FLIGHT * THREADS_PER_CHUNK
        many = await pending
    assert embedded.codec.decode(many.names) == await drawn(embedded, large)
    assert embedded.codec.decode(few.names) == await drawn(embedded, small)


async def test_a_refusal_that_takes_long_is_not_computed_inline(embedded: Model) -> None:
    """A pass over the table tells a hopeless prefix from a rare one: ``stream`` alone makes it."""
    sampler = embedded._sampler
    request = GenerateRequest(1, 1, Sampling(temperature=0), Constraint(max_length=20))
    await sampler.sample(request)  # keeps the chain
    hopeless = request._replace(constraint=Constraint((26,) * 19, 1, 20))
    assert sampler.try_sample_inline(request) is not None
    assert sampler.try_sample_inline(hopeless) is None
    with pytest.raises(UnsatisfiableError):
        await sampler.sample(hopeless)
