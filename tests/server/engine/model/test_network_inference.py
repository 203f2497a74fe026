"""Questions without a chain: searches equal the enumeration, estimates say how sure they are."""

import asyncio
import math
from collections.abc import Iterator
from concurrent.futures import wait

import numpy as np
import pytest

from enumeration import CODEC, COMPILER, SIZE, enumerated
from namesmith_server.backends import BackendError, Contexts, LogProbs
from namesmith_server.engine import Constraint, Interval, Measure, Sampling, kinds
from namesmith_server.engine.batching import BatchScheduler, ConsistentSampler, HostRunner
from namesmith_server.engine.concurrency import CooperativeExecutor
from namesmith_server.engine.errors import NoChainError, UnsatisfiableError
from namesmith_server.engine.model import (
    ExactInference,
    NetworkInference,
    network_inference,
    network_search,
)
from namesmith_server.engine.search import best_first
from small_network import SmallNetwork

LONG = Constraint((), 1, 64)
"""Lengths whose names are, at a high temperature, nearly equally probable: the longest searches."""

QUESTIONS = [
    (sampling, constraint)
    for sampling in (Sampling(), Sampling(0.7), Sampling(1.5, top_k=4))
    for constraint in (
        Constraint((), 0, 6),
        Constraint((), 2, 5),
        Constraint((2,), 1, 6),
        Constraint((), 1, 6, (kinds.Pattern(".*(a|b)"),)),
        Constraint((1, 3), 3, 6, (kinds.Suffix((4,)), kinds.Novel())),
    )
]
"""Questions of every sort, about names that can be enumerated."""


@pytest.fixture(scope="module")
def scheduler() -> Iterator[BatchScheduler]:
    """Provide the scheduler of the small model as a network."""
    backend = SmallNetwork()
    consistent = ConsistentSampler(backend.log_probs, 0)
    scheduler = BatchScheduler(HostRunner(backend, consistent, 2, SIZE))
    yield scheduler
    scheduler.close()


@pytest.fixture
def inference(
    scheduler: BatchScheduler, cooperative: CooperativeExecutor, monkeypatch: pytest.MonkeyPatch
) -> NetworkInference:
    """Answer questions about the small model as a network; few names are drawn and listed."""
    monkeypatch.setattr(network_inference, "DRAWS", 2_000)
    monkeypatch.setattr(network_search, "FEW", 10)
    canonical = SmallNetwork().log_probs
    return NetworkInference(canonical, 2, scheduler, COMPILER, cooperative)


async def test_top_names_are_those_of_the_chain(
    inference: NetworkInference, small_inference: ExactInference
) -> None:
    """The same names, log-probabilities and order, and the last of all are told to be the last."""
    for sampling, constraint in QUESTIONS:
        found = await inference.top(12, sampling, constraint)
        expected = await small_inference.top(12, sampling, constraint)
        assert CODEC.decode(found.names) == CODEC.decode(expected.names)
        assert found.log_probs == pytest.approx(expected.log_probs, rel=1e-12)
        assert (found.exhausted, found.budget_ended) == (expected.exhausted, False)
    everything = await inference.top(10_000, Sampling(), Constraint((), 0, 3))
    assert len(everything.log_probs) == 1 + 4 + 16 + 64
    assert everything.exhausted


async def test_estimates_hold_the_enumeration_in_their_intervals(
    inference: NetworkInference,
) -> None:
    """Nine in ten intervals do, where 95 % are promised; counts are exact, estimates marked."""
    held = []
    for sampling, constraint in QUESTIONS:
        names = enumerated(3, sampling, constraint)
        lengths = enumerated(3, sampling, constraint._replace(prefix=(), content=()))
        total = sum(names.values())
        found = await inference.measure(sampling, constraint, -6.0)
        assert found.above_floor == sum(math.log(p) >= -6 for p in names.values())
        assert found.names == len(enumerated(3, Sampling(), constraint))
        assert found.estimate is not None
        draws, probability, given, length = found.estimate
        assert draws in {2_000, 4_000}
        expected_length = sum(len(name) * p for name, p in names.items()) / total
        held += [
            _holds(probability, total, found.probability),
            _holds(length, expected_length, found.expected_length),
        ]
        if constraint.prefix or constraint.content:
            share = total / sum(lengths.values())
            held += [_holds(given, share, found.probability_given_lengths)]
        else:
            assert (given, found.probability_given_lengths) == (None, 1.0)
    assert sum(held) >= 0.9 * len(held)


def _holds(interval: Interval | None, truth: float, estimate: float) -> bool:
    """Tell whether an interval holds the truth; it has a width, and holds the estimate."""
    assert interval is not None
    assert interval.low < interval.high
    assert interval.low <= estimate <= interval.high
    return interval.low <= truth <= interval.high


async def test_the_same_question_has_the_same_answer(inference: NetworkInference) -> None:
    """Whatever else is asked meanwhile; a wider constraint is never less probable."""
    asked = [inference.measure(*question, -6.0) for question in (*QUESTIONS, *QUESTIONS)]
    answers = await asyncio.gather(*asked)
    assert answers[: len(QUESTIONS)] == answers[len(QUESTIONS) :]
    narrow, wide = (Constraint((), 1, 6, (kinds.Pattern(one),)) for one in (".*a", ".*(a|b)"))
    first, second = [await inference.measure(Sampling(), one, None) for one in (narrow, wide)]
    assert first.probability < second.probability


async def test_names_near_the_training_names_are_left_out(inference: NetworkInference) -> None:
    """The most probable names, their count above a floor, and the estimate heed the distance."""
    constraint = Constraint((), 1, 5, (kinds.MinDistance(2), kinds.Suffix((3,))))
    names = enumerated(3, Sampling(), constraint)
    found = await inference.top(20, Sampling(), constraint)
    assert CODEC.decode(found.names) == sorted(names, key=lambda name: -names[name])[:20]
    measured = await inference.measure(Sampling(), constraint, -6.0)
    assert measured.above_floor == sum(math.log(p) >= -6 for p in names.values())
    assert measured.estimate is not None
    assert _holds(measured.estimate.probability, sum(names.values()), measured.probability)


async def test_few_names_are_measured_exactly(inference: NetworkInference) -> None:
    """Their probabilities are added, also where the sampling leaves few of many."""
    few = Constraint((), 1, 6, (kinds.Pattern("ab?c?d?"),))
    names = enumerated(3, Sampling(), few)
    total = sum(names.values())
    found = await inference.measure(Sampling(), few, -7.0)
    assert found.probability == pytest.approx(total, rel=1e-6)
    assert found.expected_length == pytest.approx(
        sum(len(name) * p for name, p in names.items()) / total, rel=1e-6
    )
    assert found.names == len(names) == 8
    assert found.estimate is not None
    assert found.estimate.probability is found.estimate.expected_length is None
    cut, short = Sampling(top_k=2), Constraint((), 1, 2)
    names = enumerated(3, cut, short)
    measured = await inference.measure(cut, short, None)
    assert measured.probability == pytest.approx(sum(names.values()), rel=1e-6)
    assert (measured.names, measured.estimate) == (len(names), None)


async def test_what_no_name_satisfies_has_no_names(inference: NetworkInference) -> None:
    """By the DFA, by lengths, and by a prefix that the sampling never draws."""
    nothing = Measure(0, 0, 0, 0, 0, more_above_floor=False)
    never = Constraint((), 1, 6, (kinds.Pattern("a"), kinds.Contains((2,))))
    short = Constraint((), 4, 6, (kinds.Pattern("abc|a|b"),))
    for sampling, constraint in (
        (Sampling(), never),
        (Sampling(), short),
        (Sampling(top_k=1), Constraint((1, 1), 2, 6)),
    ):
        assert await inference.measure(sampling, constraint, -9.0) == nothing
        with pytest.raises(UnsatisfiableError):
            await inference.top(3, sampling, constraint)


async def test_an_answer_says_that_the_budget_ended(
    inference: NetworkInference, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names that are certain are told, and counts say that there may be more."""
    everything = await inference.top(5_000, Sampling(), Constraint((), 0, 6))
    monkeypatch.setattr(best_first, "MAX_EXPANDED_PREFIXES", 100)
    found = await inference.top(5_000, Sampling(), Constraint((), 0, 6))
    assert (found.budget_ended, found.exhausted) == (True, False)
    assert 0 < len(found.log_probs) < 100
    assert np.array_equal(found.names, everything.names[: len(found.names)])
    measured = await inference.measure(Sampling(), Constraint((), 0, 6), -50.0)
    assert measured.budget_ended
    assert measured.above_floor is not None
    assert len(found.log_probs) <= measured.above_floor < 5_000


async def test_a_search_ends_with_its_caller_and_holds_up_no_other(
    inference: NetworkInference, cooperative: CooperativeExecutor
) -> None:
    """A cancelled search leaves nothing behind; short questions are answered while it goes on."""
    searches = [
        asyncio.ensure_future(inference.top(10_000, Sampling(10.0), LONG)) for _ in range(2)
    ]
    top = await inference.top(3, Sampling(), Constraint((), 0, 6))
    assert len(top.log_probs) == 3
    assert not any(search.done() for search in searches)
    tasks = tuple(cooperative._tasks)
    assert len(tasks) == len(searches)
    for one in searches:
        one.cancel()
    await asyncio.wait(searches)
    assert not (await asyncio.to_thread(wait, tasks, 30)).not_done


async def test_a_description_needs_a_chain(inference: NetworkInference) -> None:
    """Only a chain has expectations over all names."""
    with pytest.raises(NoChainError):
        await inference.statistics()


async def test_a_model_that_answers_no_numbers_fails(
    scheduler: BatchScheduler, cooperative: CooperativeExecutor
) -> None:
    """Not-a-number is an error of the model, and no name is told."""

    def broken(contexts: Contexts) -> LogProbs:
        return np.full((len(contexts), SIZE), np.nan, dtype=np.float32)

    with pytest.raises(BackendError, match="not-a-number"):
        await NetworkInference(broken, 2, scheduler, COMPILER, cooperative).top(
            3, Sampling(), Constraint()
        )
