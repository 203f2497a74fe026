"""Rejection sampling: the conditional distribution, its rate, and the moment it gives up."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumeration import CODEC, COMPILER, CONSTRAINTS, admitted, enumerated
from namesmith_server.app.settings import BackendName
from namesmith_server.engine import (
    Constraint,
    GaveUpError,
    GenerateRequest,
    Model,
    NamesChunk,
    NoTableError,
    Sampling,
    kinds,
)
from namesmith_server.engine.concurrency import CooperativeExecutor
from namesmith_server.engine.samplers import ChainSampler, RejectionSampler, rejection_sampler

Load = Callable[[BackendName], Model]


@pytest.fixture
def sampler(small_sampler: ChainSampler, cooperative: CooperativeExecutor) -> RejectionSampler:
    """Draw names of the small model as if it had no table."""
    return RejectionSampler(small_sampler, COMPILER, cooperative)


async def chunks_of(sampler: RejectionSampler, request: GenerateRequest) -> list[NamesChunk]:
    """Return the chunks of a request."""
    return [chunk async for chunk in sampler.stream(request)]


def names_of(chunks: list[NamesChunk]) -> list[str]:
    """Return the names of chunks as text."""
    return [name for chunk in chunks for name in CODEC.decode(chunk.names)]


async def test_rejection_draws_one_sequence_and_reports_its_rate(
    sampler: RejectionSampler,
) -> None:
    """The rate is near the exact probability; chunks and later rows continue one sequence."""
    constraint = Constraint((), 1, 6, (kinds.Pattern(".*a"),))
    request = GenerateRequest(3_000, 5, constraint=constraint)
    chunks = await chunks_of(sampler, request)
    names = names_of(chunks)
    assert len(names) == 3_000
    assert all(name.endswith("a") for name in names)
    free = enumerated(3, Sampling(), constraint._replace(content=()))
    p = sum(enumerated(3, Sampling(), constraint).values()) / sum(free.values())
    rate = chunks[-1].acceptance
    assert rate is not None
    assert abs(rate - p) < 5 * math.sqrt(p * (1 - p) / (3_000 / p))  # false alarm: 1 in 10^6
    later = request._replace(first_row=1_000, count=100)
    assert names_of(await chunks_of(sampler, later)) == names[1_000:1_100]
    distinct = request._replace(count=60, distinct=True)
    assert names_of(await chunks_of(sampler, distinct)) == list(dict.fromkeys(names))[:60]


async def test_rejection_gives_up_and_tells_its_rate(
    sampler: RejectionSampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is never drawn is an error; distinct names of which some are drawn are kept."""
    monkeypatch.setattr(rejection_sampler, "MAX_REJECTED_IN_A_ROW", 2_000)
    short = Constraint((), 1, 6, (kinds.Pattern("a|b|c|d|ab"),))
    drawn = enumerated(3, Sampling(top_k=2), short)
    other = (set("abcd") - set(drawn)).pop()
    never = short._replace(content=(kinds.Pattern(other),))
    with pytest.raises(GaveUpError, match="0 of 2048 did"):
        await chunks_of(sampler, GenerateRequest(1, 1, Sampling(top_k=2), never))
    some = GenerateRequest(10, 1, Sampling(top_k=2), short, distinct=True)
    chunks = await chunks_of(sampler, some)
    assert sorted(names_of(chunks)) == sorted(drawn)
    assert chunks[-1].gave_up


async def test_the_last_of_few_distinct_names_ends_the_search(sampler: RejectionSampler) -> None:
    """The DFA tells how many names there are, so that nothing is tried in vain."""
    few = GenerateRequest(10, 1, Sampling(temperature=10), Constraint((), 1, 1), distinct=True)
    (chunk,) = await chunks_of(sampler, few)
    assert sorted(CODEC.decode(chunk.names)) == ["a", "b", "c", "d"]
    assert chunk.exhausted
    assert not chunk.gave_up


async def test_a_model_without_a_table_rejects_and_answers_no_questions(deep: Load) -> None:
    """Both of its backends accept the same names; questions need a table."""
    constraint = Constraint(content=(kinds.Pattern(".*(a|n)"),))
    request = GenerateRequest(40, 2, constraint=constraint)
    first, second = [await deep(backend).generate(request) for backend in ("onnx", "torchscript")]
    assert np.array_equal(first.names, second.names)
    assert first.acceptance == second.acceptance
    assert first.acceptance is not None
    assert 0 < first.acceptance < 1
    with pytest.raises(NoTableError):
        await deep("onnx").description()
    with pytest.raises(NoTableError):
        _ = deep("onnx").inference


@settings(deadline=None)
@given(CONSTRAINTS, st.integers(1, 10_000))
def test_names_that_satisfy_a_constraint_are_counted(constraint: Constraint, most: int) -> None:
    """The count is the enumeration's, up to the bound."""
    names = len(admitted(constraint))
    dfa = COMPILER.compile(constraint.content, constraint.max_length)
    assert rejection_sampler.count_names(dfa, constraint, most) == min(names, most)
