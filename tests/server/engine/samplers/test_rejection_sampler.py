"""Rejection sampling: the conditional distribution, its rate, and the moment it gives up."""

import asyncio
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from chi_square import assert_follows
from enumeration import CODEC, COMPILER, SIZE, enumerated
from namesmith.limits import MAX_REJECTED_IN_A_ROW
from namesmith_server.app.settings import BackendName
from namesmith_server.engine import (
    Constraint,
    ConstraintError,
    GaveUpError,
    GenerateRequest,
    Model,
    NamesChunk,
    NoChainError,
    Sampling,
    kinds,
)
from namesmith_server.engine.batching import (
    BatchScheduler,
    Candidates,
    ConsistentSampler,
    HostRunner,
)
from namesmith_server.engine.concurrency import CooperativeExecutor
from namesmith_server.engine.core import name_count
from namesmith_server.engine.samplers import RejectionSampler, rejection_search
from namesmith_server.engine.samplers.pace import ALONE, FIRST, LARGE, SMALL
from small_network import SmallNetwork

Load = Callable[[BackendName], Model]

ALWAYS, LIMIT = Constraint((), 1, 6), 40
"""Lengths of most tests, and the candidates in a row after which a patched sampler gives up."""

HOPELESS = GenerateRequest(1, 1, Sampling(temperature=0), Constraint((), 3, 3))
"""A request that finds nothing: the small model's most probable name has another length."""


class WatchedScheduler(BatchScheduler):
    """A scheduler that keeps a list of its requests."""

    def __init__(self) -> None:
        network = SmallNetwork()
        consistent = ConsistentSampler(network.log_probs, 2e-4)
        super().__init__(HostRunner(network, consistent, 2, SIZE))
        self.requests: list[GenerateRequest] = []

    async def draw(self, request: GenerateRequest, *_: object, **__: object) -> Candidates:
        """Draw the candidates of a request, which is kept."""
        self.requests.append(request)
        return await super().draw(request)


@pytest.fixture
def scheduler() -> Iterator[WatchedScheduler]:
    """Provide a scheduler of the small model."""
    scheduler = WatchedScheduler()
    yield scheduler
    scheduler.close()


@pytest.fixture
def sampler(scheduler: WatchedScheduler, cooperative: CooperativeExecutor) -> RejectionSampler:
    """Draw names of the small model as of a model without a chain."""
    return RejectionSampler(scheduler, COMPILER, cooperative)


async def chunks_of(sampler: RejectionSampler, request: GenerateRequest) -> list[NamesChunk]:
    """Return the chunks of a request."""
    return [chunk async for chunk in sampler.stream(request)]


def names_of(chunks: list[NamesChunk]) -> list[str]:
    """Return the names of chunks as text."""
    return [name for chunk in chunks for name in CODEC.decode(chunk.names)]


async def test_rejection_draws_one_sequence_and_reports_its_rate(
    sampler: RejectionSampler,
) -> None:
    """The rate is near the probability of the constraint; chunks continue one sequence."""
    constraint = Constraint((), 1, 6, (kinds.Pattern(".*a"),))
    request = GenerateRequest(3_000, 5, constraint=constraint)
    chunks = await chunks_of(sampler, request)
    names = names_of(chunks)
    assert len(names) == 3_000
    assert all(name.endswith("a") for name in names)
    empty = enumerated(3, Sampling(), Constraint((), 0, 1))[""]
    p = sum(enumerated(3, Sampling(), constraint).values()) / (1 - empty)
    rate = chunks[-1].acceptance
    assert rate is not None
    assert abs(rate - p) < 5 * math.sqrt(p * (1 - p) / (3_000 / p))  # false alarm: 1 in 10^6
    later = request._replace(first_row=1_000, count=100)
    assert names_of(await chunks_of(sampler, later)) == names[1_000:1_100]
    with pytest.raises(ConstraintError, match="first_row: 1000000000 and the count 1"):
        await chunks_of(sampler, request._replace(first_row=10**9, count=1))
    distinct = request._replace(count=60, distinct=True)
    assert names_of(await chunks_of(sampler, distinct)) == list(dict.fromkeys(names))[:60]


@pytest.mark.parametrize(
    "constraint",
    [
        Constraint((), 2, 2),
        Constraint((), 1, 6, (kinds.Pattern(".."),)),
        Constraint((1,), 3, 4),
        Constraint((1, 2), 0, 3),
        Constraint((), 0, 2),
        Constraint((), 3, 6, (kinds.Suffix((1,)), kinds.Novel())),
        Constraint((), 3, 5, (kinds.MinDistance(2),)),
    ],
)
async def test_names_follow_the_conditional_distribution(
    sampler: RejectionSampler, constraint: Constraint
) -> None:
    """Lengths, prefix and content, alone and together: 10,000 names pass a chi-square test."""
    chunk = await sampler.sample(GenerateRequest(10_000, 9, constraint=constraint))
    names = CODEC.decode(chunk.names)
    assert len(names) == 10_000
    assert_follows(Counter(names), enumerated(3, Sampling(), constraint))


async def test_lengths_and_a_pattern_of_the_same_names_draw_the_same_names(
    sampler: RejectionSampler,
) -> None:
    """A rejected length and rejected content are one thing: names and rate are equal."""
    lengths = await sampler.sample(GenerateRequest(500, 4, constraint=Constraint((), 2, 2)))
    pattern = ALWAYS._replace(content=(kinds.Pattern(".."),))
    content = await sampler.sample(GenerateRequest(500, 4, constraint=pattern))
    assert lengths.names.tolist() == content.names.tolist()
    assert lengths.acceptance == content.acceptance


@pytest.mark.parametrize("distinct", [False, True])
@pytest.mark.parametrize(
    "constraint",
    [
        Constraint((), 6, 6),
        Constraint((2,), 5, 5),
        Constraint((), 1, 6, (kinds.Pattern("a.*|.*cc"),)),
        Constraint((), 5, 6, (kinds.Contains((4,)), kinds.Novel())),
    ],
)
async def test_the_answer_is_defined_by_the_candidates_one_after_the_other(
    scheduler: WatchedScheduler,
    sampler: RejectionSampler,
    monkeypatch: pytest.MonkeyPatch,
    constraint: Constraint,
    distinct: bool,  # noqa: FBT001 - a case
) -> None:
    """However candidates are grouped, a call gives the names that the rule gives one by one."""
    monkeypatch.setattr(rejection_search, "MAX_REJECTED_IN_A_ROW", LIMIT)
    ends = 0
    for seed, count in itertools.product(range(5), (1, 30)):
        request = GenerateRequest(count, seed, Sampling(), constraint, distinct=distinct)
        names, rate, gave_up = await by_the_rule(scheduler, request)
        ends += gave_up
        for most, least in ((7, 3), (1_024, 64)):
            monkeypatch.setattr(rejection_search, "MAX_CANDIDATES", most)
            monkeypatch.setattr(rejection_search, "MIN_CANDIDATES", least)
            if not names:
                with pytest.raises(GaveUpError, match=f"^{LIMIT} candidates in a row did not"):
                    await sampler.sample(request)
                continue
            chunks = await chunks_of(sampler, request)
            whole = await sampler.sample(request)
            assert CODEC.decode(whole.names) == names_of(chunks) == names
            assert whole.acceptance == chunks[-1].acceptance == rate
            assert whole.gave_up == chunks[-1].gave_up == gave_up
    assert ends > 0


async def by_the_rule(
    scheduler: WatchedScheduler, request: GenerateRequest
) -> tuple[list[str], float, bool]:
    """Return names, acceptance rate and whether to give up, by looking at each candidate."""
    everything = Constraint(request.constraint.prefix, request.constraint.min_length, 64)
    candidates = await scheduler.draw(request._replace(count=2_000, constraint=everything))
    drawn = iter(CODEC.decode(candidates.names))
    good = set(enumerated(3, Sampling(), request.constraint))
    names: list[str] = []
    in_a_row = 0
    for tried, fits in enumerate(candidates.fits, 1):
        name = next(drawn) if fits else None
        if name in good and not (request.distinct and name in names):
            names.append(name)  # type: ignore[arg-type]  # None is in no set of names
            in_a_row = 0
            if len(names) == request.count:
                return names, len(names) / tried, False
        else:
            in_a_row += 1
            if in_a_row == LIMIT:
                return names, len(names) / tried, True
    raise AssertionError("too few candidates")


@pytest.mark.parametrize("rejected", [LIMIT - 1, LIMIT])
def test_candidates_behind_the_one_that_ends_a_call_are_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, rejected: int
) -> None:
    """In one group of candidates, too many rejected ones in a row end the search among them."""
    monkeypatch.setattr(rejection_search, "MAX_REJECTED_IN_A_ROW", LIMIT)
    search = rejection_search.RejectionSearch(GenerateRequest(3, 1))
    fits = np.array([True, *[False] * rejected, True, True])
    names = search.accept(Candidates(np.array([1, 0, 2, 0, 3, 0]), fits))
    gives_up = rejected == LIMIT
    assert names.tolist() == ([1, 0] if gives_up else [1, 0, 2, 0, 3, 0])
    assert search.has_given_up == gives_up
    assert search.tried == (1 + LIMIT if gives_up else len(fits))


async def test_few_names_of_many_are_the_first_ones(sampler: RejectionSampler) -> None:
    """Name i is the same for every count, and in a stream of chunks."""
    request = GenerateRequest(2_000, 2**64 - 1, constraint=Constraint((), 3, 5))
    chunks = await chunks_of(sampler, request)
    assert len(chunks) > 2
    names = names_of(chunks)
    for count in (1, 2, 100, 2_000):
        few = await sampler.sample(request._replace(count=count))
        assert CODEC.decode(few.names) == names[:count]


async def test_a_call_draws_no_more_candidates_than_the_rule_allows(
    scheduler: WatchedScheduler, sampler: RejectionSampler
) -> None:
    """A hopeless call ends after the limit exactly; no call holds many more rows than names."""
    for count in (1, 100_000):
        scheduler.requests.clear()
        with pytest.raises(GaveUpError):
            await sampler.sample(HOPELESS._replace(count=count))
        drawn = [request.count for request in scheduler.requests]
        assert sum(drawn) == MAX_REJECTED_IN_A_ROW
        assert max(drawn) <= max(count, rejection_search.MAX_CANDIDATES)
    scheduler.requests.clear()
    await sampler.sample(GenerateRequest(30_000, 1))
    first, second, *_ = (request.count for request in scheduler.requests)
    assert first == MAX_REJECTED_IN_A_ROW < second < 30_000
    scheduler.requests.clear()
    await chunks_of(sampler, GenerateRequest(30_000, 1))
    assert scheduler.requests[0].count == FIRST
    assert max(request.count for request in scheduler.requests) < 2 * LARGE


async def test_a_reader_that_pauses_stops_the_draws(
    scheduler: WatchedScheduler, sampler: RejectionSampler
) -> None:
    """Ahead of its reader a stream has no more than a few groups in work, first small ones."""
    stream = sampler.stream(GenerateRequest(1_000_000, 1))
    await anext(stream)
    for read in range(1, 5):
        await asyncio.sleep(0.05)  # time to begin more, were it allowed
        assert len(scheduler.requests) <= read + ALONE
        await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]  # it is a generator


async def test_a_stream_beside_other_calls_has_few_names_in_work(
    scheduler: WatchedScheduler, sampler: RejectionSampler
) -> None:
    """Many streams take no more memory each than they would take alone at their beginning."""
    with scheduler.call():
        await chunks_of(sampler, GenerateRequest(3_000, 1))
    assert max(request.count for request in scheduler.requests) <= 2 * SMALL


async def test_beside_other_calls_a_stream_fills_the_share_that_the_runner_gives(
    scheduler: WatchedScheduler, sampler: RejectionSampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device with room for many sequences of each caller is not left idle by small pieces."""
    alone = await chunks_of(sampler, GenerateRequest(6_000, 1))
    scheduler.requests.clear()
    monkeypatch.setattr(HostRunner, "share", 8 * SMALL)
    with scheduler.call():
        beside = await chunks_of(sampler, GenerateRequest(6_000, 1))
    assert max(request.count for request in scheduler.requests) >= 4 * SMALL
    assert names_of(beside) == names_of(alone)


async def test_a_plain_call_is_one_group_of_candidates(
    scheduler: WatchedScheduler, sampler: RejectionSampler
) -> None:
    """A call whose candidates all fit draws as many candidates as names, all at once."""
    chunk = await sampler.sample(GenerateRequest(700, 1, constraint=Constraint((), 0, 64)))
    assert name_count(chunk.names) == 700
    assert chunk.acceptance == 1
    assert [request.count for request in scheduler.requests] == [700]


async def test_hopeless_calls_leave_others_their_share_and_their_room(
    scheduler: WatchedScheduler, sampler: RejectionSampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plain call is answered beside 64 calls that find nothing; cancelled, they draw no more."""
    monkeypatch.setattr(rejection_search, "MAX_REJECTED_IN_A_ROW", 10**9)
    calls = [
        asyncio.create_task(sampler.sample(HOPELESS._replace(seed=2**32 + i))) for i in range(64)
    ]
    for seed in range(10):
        plain = GenerateRequest(20, seed, constraint=ALWAYS)
        beside = await sampler.sample(plain)
        assert not any(call.done() for call in calls)
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)
    alone = await sampler.sample(plain)
    assert alone.names.tolist() == beside.names.tolist()
    scheduler.requests.clear()
    await sampler.sample(plain)
    assert {request.seed for request in scheduler.requests} == {plain.seed}


async def test_distinct_names_that_are_never_found_end_the_search(
    sampler: RejectionSampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is never drawn is an error; distinct names of which some are drawn are kept."""
    monkeypatch.setattr(rejection_search, "MAX_REJECTED_IN_A_ROW", 2_000)
    short = Constraint((), 1, 6, (kinds.Pattern("a|b|c|d|ab"),))
    drawn = enumerated(3, Sampling(top_k=2), short)
    other = (set("abcd") - set(drawn)).pop()
    never = short._replace(content=(kinds.Pattern(other),))
    with pytest.raises(GaveUpError, match="2000 candidates in a row did not satisfy"):
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


async def test_a_model_without_a_chain_rejects_and_is_not_described(deep: Load) -> None:
    """Both of its backends accept the same names; a description needs a chain."""
    constraint = Constraint(content=(kinds.Pattern(".*(a|n)"),))
    request = GenerateRequest(40, 2, constraint=constraint)
    first, second = [await deep(backend).generate(request) for backend in ("onnx", "torchscript")]
    assert np.array_equal(first.names, second.names)
    assert first.acceptance == second.acceptance
    assert first.acceptance is not None
    assert 0 < first.acceptance < 1
    with pytest.raises(NoChainError):
        await deep("onnx").description()
