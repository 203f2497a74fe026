"""Exact inference: answers equal the enumeration, cost is bounded, and nobody waits for long."""

import asyncio
import math
import re
from concurrent.futures import wait

import numpy as np
import pytest

from enumeration import CODEC, enumerated, table
from namesmith.limits import MAX_COUNTED_NAMES
from namesmith_server.engine import (
    Constraint,
    GenerateRequest,
    Measure,
    Model,
    Sampling,
    TooComplexError,
    UnsatisfiableError,
    kinds,
)
from namesmith_server.engine.core import name_count
from namesmith_server.engine.markov import beam_search
from namesmith_server.engine.model import ExactInference
from namesmith_server.engine.samplers import ChainSampler

MIXED = Constraint(
    (),
    0,
    5,
    (
        kinds.Contains((1,)),
        kinds.Pattern("[ab].*(c|d|a)*"),
        kinds.Forbidden(((1, 3),)),
        kinds.Novel(),
    ),
)
"""A constraint of four kinds."""

LONG = Constraint((), 1, 64)
"""Lengths whose names are, at a high temperature, nearly equally probable: the longest searches."""


async def test_a_measure_equals_the_enumeration(small_inference: ExactInference) -> None:
    """Probability, also given the lengths, expected length and counts are exact."""
    expected = enumerated(3, Sampling(), MIXED)
    lengths = enumerated(3, Sampling(), MIXED._replace(content=()))
    total = sum(expected.values())
    found = await small_inference.measure(Sampling(), MIXED, -6.0)
    assert found.probability == pytest.approx(total, rel=1e-9)
    assert found.probability_given_lengths == pytest.approx(total / sum(lengths.values()), rel=1e-9)
    length = sum(len(name) * p for name, p in expected.items()) / total
    assert found.expected_length == pytest.approx(length, rel=1e-9)
    assert found.names == len(expected)
    assert found.above_floor == sum(math.log(p) >= -6 for p in expected.values())
    assert not found.more_above_floor
    assert (await small_inference.measure(Sampling(), MIXED, None)).above_floor is None
    never = MIXED._replace(content=(kinds.Pattern("a"), kinds.Contains((2,))))
    nothing = await small_inference.measure(Sampling(), never, -6.0)
    assert nothing == Measure(0, 0, 0, 0, 0, more_above_floor=False)


async def test_top_names_equal_the_enumeration(small_inference: ExactInference) -> None:
    """The most probable names come first; the last of all names are told to be the last."""
    ranked = sorted(enumerated(3, Sampling(), MIXED).items(), key=lambda one: -one[1])
    found = await small_inference.top(10, Sampling(), MIXED)
    assert CODEC.decode(found.names) == [name for name, _ in ranked[:10]]
    assert np.exp(found.log_probs) == pytest.approx([p for _, p in ranked[:10]], rel=1e-5)
    assert not found.exhausted
    everything = await small_inference.top(10_000, Sampling(), MIXED)
    assert sorted(CODEC.decode(everything.names)) == sorted(name for name, _ in ranked)
    assert everything.exhausted


async def test_statistics_are_those_of_the_absorbing_chain_solved(
    small_inference: ExactInference,
) -> None:
    """Expectations equal a linear system's, lengths the enumeration, to 1e-9 relative."""
    found = await small_inference.statistics()
    P = np.exp(table(3).astype(np.float64))
    P /= P.sum(1, keepdims=True)
    onward = np.zeros((25, 25))
    for row in range(25):
        for symbol in range(1, 5):
            onward[row, row % 5 * 5 + symbol] += P[row, symbol]
    visits = np.linalg.solve((np.eye(25) - onward).T, np.eye(25)[0])  # expected, of each context
    entropy = visits @ -(P * np.log(P)).sum(1)
    assert found.entropy == pytest.approx(entropy, rel=1e-9)
    assert found.expected_length + 1 == pytest.approx(visits.sum(), rel=1e-9)
    assert found.entropy_per_symbol == pytest.approx(entropy / visits.sum(), rel=1e-9)
    by_length = np.zeros(9)
    for name, probability in enumerated(3, Sampling(), Constraint((), 0, 8)).items():
        by_length[len(name)] += probability
    assert found.length_probabilities[:9] == pytest.approx(by_length, rel=1e-9)


async def test_the_acceptance_of_rejection_is_the_measured_probability(embedded: Model) -> None:
    """The share of 200,000 names is within 5 standard deviations of the measure (1 in 10^6)."""
    constraint = Constraint(content=(kinds.Pattern(".*(na|o)"),))
    measured = await embedded.inference.measure(Sampling(), constraint, None)
    chunk = await embedded.generate(GenerateRequest(200_000, 4))
    names = embedded.codec.decode(chunk.names)
    accepted = sum(name.endswith(("na", "o")) for name in names)
    p = measured.probability_given_lengths
    assert abs(accepted - 200_000 * p) < 5 * math.sqrt(200_000 * p * (1 - p))


async def test_a_long_question_ends_with_its_caller_and_holds_up_no_other(embedded: Model) -> None:
    """A cancelled search leaves nothing behind; short questions are answered while it goes on."""
    endless = GenerateRequest(100_000, 1, Sampling(9.0), LONG, distinct=True)
    await embedded.generate(endless._replace(count=1))  # keeps the chain: the search is left
    searches = [
        asyncio.ensure_future(embedded.generate(endless._replace(seed=seed))) for seed in range(2)
    ]
    short = Constraint(content=(kinds.Pattern("mari?a"),))
    top = await embedded.inference.top(5, Sampling(), short)
    assert sorted(embedded.codec.decode(top.names)) == ["mara", "maria"]
    assert not any(search.done() for search in searches)
    tasks = tuple(embedded._cooperative._tasks)
    assert len(tasks) == len(searches)
    for one in searches:
        one.cancel()
    await asyncio.wait(searches)
    assert not (await asyncio.to_thread(wait, tasks, 30)).not_done


async def test_a_search_that_takes_too_long_is_refused(
    small_inference: ExactInference, small_sampler: ChainSampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that are drawn, listed or counted stop at the bound, which the error tells."""
    monkeypatch.setattr(beam_search, "MAX_STEPS", 5_000)
    flat = Sampling(10.0)
    with pytest.raises(TooComplexError, match="takes more than 5000 steps to search") as refused:
        await small_inference.top(1_000, flat, LONG)
    fitting = int(re.search("at most ([0-9]+) names", str(refused.value))[1])
    assert len((await small_inference.top(fitting, flat, LONG)).log_probs) == fitting
    with pytest.raises(TooComplexError):
        await small_sampler.sample(GenerateRequest(1_000, 1, flat, LONG, distinct=True))
    with pytest.raises(TooComplexError, match="higher floor"):
        await small_inference.measure(flat, Constraint((), 8, 8), -20.0)
    assert len((await small_inference.top(10, flat, LONG)).log_probs) == 10


async def test_the_search_for_more_names_than_are_counted_is_short(embedded: Model) -> None:
    """The search ends as soon as there are too many names, before all of them are read."""
    found = await embedded.inference.measure(Sampling(9.0), LONG, -1_000.0)
    assert (found.above_floor, found.more_above_floor) == (MAX_COUNTED_NAMES, True)


async def test_a_prefix_that_is_never_drawn_has_no_names_in_questions(
    small_inference: ExactInference,
) -> None:
    """A question counts the prefix's own probability, here 0."""
    greedy, constraint = Sampling(top_k=1), Constraint((1, 1), 2, 6)
    assert not enumerated(3, greedy, constraint)
    nothing = Measure(0, 0, 0, 0, 0, more_above_floor=False)
    assert await small_inference.measure(greedy, constraint, -9.0) == nothing
    with pytest.raises(UnsatisfiableError):
        await small_inference.top(3, greedy, constraint)


async def test_new_questions_at_once_are_all_answered(embedded: Model) -> None:
    """Questions that compute the same values of one chain or table do not wait for each other."""
    samplings = [Sampling(temperature=1 + i / 7) for i in range(3)]
    prefixes = [Constraint((i,)) for i in range(1, 6)]
    inference = embedded.inference
    asked = [inference.top(10, sampling, Constraint()) for sampling in samplings]
    asked += [inference.top(10, Sampling(), prefix) for prefix in prefixes]
    measured = [inference.measure(one, Constraint((7,)), -12.0) for one in samplings]
    tops, measures = await asyncio.gather(asyncio.gather(*asked), asyncio.gather(*measured))
    assert all(name_count(top.names) == 10 for top in tops)
    assert all(measure.probability for measure in measures)
