"""Constrained orders and questions to whole models: reproducible, exact, refused clearly."""

import asyncio
import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import pytest
from namesmith_server.engine.exact import COUNTED, PART, Exact
from namesmith_server.engine.lazy import lazy
from namesmith_server.engine.parameters import Constraint, Language, Order, Sampling
from namesmith_server.engine.rejecting import Rejecting
from namesmith_server.engine.tabular import TabularSampler
from namesmith_server.engine.turns import Turns

from enumeration import ADMITTED, CODEC, enumerated, table
from namesmith_server.app.settings import BackendName
from namesmith_server.engine import rejecting, search
from namesmith_server.engine.errors import (
    GaveUpError,
    NoTableError,
    TooComplexError,
    UnsatisfiableError,
)
from namesmith_server.engine.model import Model

Load = Callable[[BackendName], Model]

LIKELY = Constraint((), 0, 5, Language((), (1,), "[ab].*(c|d|a)*", ((1, 3),), novel=True))


@pytest.fixture(scope="module")
def exact(executor: ThreadPoolExecutor) -> Iterator[Exact]:
    """Provide the small model's."""
    turns = Turns()
    yield Exact(table(3), ADMITTED, CODEC, executor, turns)
    turns.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def rejecting_(executor: ThreadPoolExecutor) -> Iterator[Rejecting]:
    """Provide the small model, as if it had no table."""
    turns = Turns()
    yield Rejecting(TabularSampler(table(3), CODEC, executor), ADMITTED, CODEC, turns)
    turns.shutdown(cancel_futures=True)


@pytest.fixture
def languages(embedded: Model) -> dict[str, Language]:
    """Constraints of the embedded model, by what they ask for."""
    encode = embedded.vocabulary.encode
    return {
        "suffix": Language(suffix=tuple(encode("na"))),
        "contains": Language(contains=tuple(encode("izz"))),
        "pattern": Language(pattern="ka.*(a|o)"),
        "novel": Language(novel=True),
        "forbidden": Language(forbidden=(tuple(encode("anna")), tuple(encode("mia")))),
    }


async def drawn(model: Model, order: Order) -> list[str]:
    """Return the names of an order."""
    return (await model.generate(order)).names


@pytest.mark.parametrize("kind", ["suffix", "contains", "pattern", "novel", "forbidden"])
async def test_a_row_depends_on_its_number_alone(
    embedded: Model, languages: dict[str, Language], kind: str
) -> None:
    """Unary, streamed, from the middle and one at a time, the names are the same."""
    order = Order(PART + 500, 5, constraint=Constraint(language=languages[kind]))
    whole = await drawn(embedded, order)
    streamed = [name async for part in embedded.stream(order) for name in part.names]
    assert streamed == whole
    middle = order._replace(first=1_000, count=300)
    assert await drawn(embedded, middle) == whole[1_000:1_300]
    for row in (0, 1, PART, PART + 499):
        assert await drawn(embedded, order._replace(first=row, count=1)) == [whole[row]]


async def test_without_a_compiler_the_names_are_the_same(
    exact: Exact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The walk in numpy takes the compiled walk's place."""
    order = Order(500, 5, constraint=LIKELY)
    names = [part.names async for part in exact.parts(order)]
    monkeypatch.setattr(exact, "_walk", exact._in_lockstep)
    assert [part.names async for part in exact.parts(order)] == names


@pytest.mark.parametrize("backend", ["onnx", "torchscript"])
async def test_backends_of_a_model_with_a_table_draw_the_same_names(
    small: Load, backend: BackendName
) -> None:
    """Whatever computes the probabilities, constrained names come from the table."""
    order = Order(
        500, 3, Sampling(1.3, top_p=0.9), Constraint((), 2, 12, Language(pattern=".*(n|a)"))
    )
    for one in (order, order._replace(distinct=True)):
        assert await drawn(small(backend), one) == await drawn(small("table"), one)


async def test_constraints_hold_and_combine(
    embedded: Model, languages: dict[str, Language]
) -> None:
    """Prefix, lengths, suffix, contains, pattern and novelty, under a transformed distribution."""
    training = set(training_of(embedded))
    language = Language(
        languages["suffix"].suffix, tuple(embedded.vocabulary.encode("l")), "[a-m]+.*a", novel=True
    )
    prefix = tuple(embedded.vocabulary.encode("ma"))
    order = Order(2_000, 1, Sampling(0.9, 20, 0.98), Constraint(prefix, 5, 9, language))
    names = await drawn(embedded, order)
    assert len(names) == 2_000
    for name in names:
        assert name.startswith("ma")
        assert name.endswith("na")
        assert "l" in name
        assert 5 <= len(name) <= 9
        assert name not in training
    with pytest.raises(UnsatisfiableError):
        await drawn(embedded, order._replace(sampling=Sampling(temperature=0)))


def training_of(model: Model) -> list[str]:
    """Return the training split's names."""
    return model._codec.names(model.exact.training)


async def test_distinct_names_are_the_same_in_any_form_and_said_to_be_all(
    exact: Exact, embedded: Model
) -> None:
    """Unary and streamed are one sequence; a larger order begins with a smaller one."""
    order = Order(PART + 100, 9, distinct=True)
    whole = await embedded.generate(order)
    assert len(set(whole.names)) == PART + 100
    assert not whole.exhausted
    assert (await drawn(embedded, order._replace(count=50))) == whole.names[:50]
    parts = [part async for part in embedded.stream(order)]
    assert [name for part in parts for name in part.names] == whole.names
    expected = enumerated(3, Sampling(), LIKELY)
    every = [
        part async for part in exact.parts(Order(10_000, 1, Sampling(), LIKELY, distinct=True))
    ]
    assert {name for part in every for name in part.names} == set(expected)
    assert [part.exhausted for part in every] == [True]


async def test_scored_names_have_the_models_own_log_probabilities(embedded: Model) -> None:
    """Neither the constraint nor the temperature changes what is reported."""
    language = Language(pattern="ka.*(a|o)")
    order = Order(100, 1, Sampling(0.7), Constraint(language=language), scored=True)
    for one in (order, order._replace(distinct=True)):
        found = await embedded.generate(one)
        assert found.log_probs == (await embedded.score(found.names)).log_probs.tolist()


async def test_measure_answers_the_enumeration(exact: Exact) -> None:
    """Probability, also given the lengths; expected length; names, also above a floor."""
    expected = enumerated(3, Sampling(), LIKELY)
    lengths = enumerated(3, Sampling(), LIKELY._replace(language=None))
    found = await exact.measure(Sampling(), LIKELY, -6.0)
    assert found.probability == pytest.approx(sum(expected.values()), rel=1e-9)
    assert found.given_lengths == pytest.approx(
        sum(expected.values()) / sum(lengths.values()), rel=1e-9
    )
    assert found.names == len(expected)
    assert found.above_floor == sum(math.log(p) >= -6 for p in expected.values())
    assert not found.more
    assert (await exact.measure(Sampling(), LIKELY, None)).above_floor is None
    never = LIKELY._replace(language=Language(pattern="a", contains=(2,)))
    nothing = await exact.measure(Sampling(), never, -6.0)
    assert nothing == (0, 0, 0, 0, 0, False)


async def test_the_acceptance_of_rejection_is_the_measured_probability(embedded: Model) -> None:
    """Of 200,000 free names; the binomial count is within 5 standard deviations (1 in 10^6)."""
    constraint = Constraint(language=Language(pattern=".*(na|o)"))
    measured = await embedded.exact.measure(Sampling(), constraint, None)
    names = await drawn(embedded, Order(200_000, 4))
    accepted = sum(name.endswith(("na", "o")) for name in names)
    p = measured.given_lengths
    assert abs(accepted - 200_000 * p) < 5 * math.sqrt(200_000 * p * (1 - p))


async def test_description_agrees_with_what_is_drawn_and_scored(embedded: Model) -> None:
    """Exact expectations beside 100,000 free names, within 5 standard errors (1 in 10^6 each)."""
    found = await embedded.description()
    assert found.tendency.lengths.sum() == pytest.approx(1, abs=1e-6)
    names = await embedded.generate(Order(100_000, 8, scored=True))
    training = set(training_of(embedded))
    # Drawn names have 1 to 32 characters: all but a few free ones do, which moves little.
    surprise = -np.array(names.log_probs)
    spread = surprise.std() / math.sqrt(len(surprise))
    assert abs(surprise.mean() - found.tendency.entropy) < 5 * spread + 0.01
    lengths = np.array([len(name) for name in names.names])
    expected = found.tendency.expected_length
    assert abs(lengths.mean() - expected) < 5 * lengths.std() / math.sqrt(len(lengths)) + 0.01
    share = np.mean([name in training for name in names.names])
    p = found.training_probability
    assert abs(share - p) < 5 * math.sqrt(p * (1 - p) / len(lengths)) + 0.001
    assert found.training_names == len(training)
    novel = await embedded.exact.measure(
        Sampling(), Constraint((), 0, 64, Language(novel=True)), None
    )
    assert novel.probability == pytest.approx(1 - p, abs=1e-5)
    for split, perplexity in found.perplexities.items():
        assert perplexity == pytest.approx(math.exp((await embedded.split_loss(split)).mean))


async def test_entropy_and_lengths_are_those_of_the_chain_solved(exact: Exact) -> None:
    """Expectations by a linear system (absorbing chain), lengths by enumeration: 1e-9 relative."""
    found = await exact.tendency()
    P = np.exp(table(3).astype(np.float64))
    P /= P.sum(1, keepdims=True)
    onward = np.zeros((25, 25))
    for row in range(25):
        for symbol in range(1, 5):
            onward[row, row % 5 * 5 + symbol] += P[row, symbol]
    visits = np.linalg.solve((np.eye(25) - onward).T, np.eye(25)[0])  # expected, of each context
    assert found.entropy == pytest.approx(visits @ -(P * np.log(P)).sum(1), rel=1e-9)
    assert found.expected_length + 1 == pytest.approx(visits.sum(), rel=1e-9)
    by_length = np.zeros(9)
    for name, probability in enumerated(3, Sampling(), Constraint((), 0, 8)).items():
        by_length[len(name)] += probability
    assert found.lengths[:9] == pytest.approx(by_length, rel=1e-9)


async def test_a_product_is_made_once_for_all_that_wait_for_it(
    executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten orders at once, then another: one product."""
    made = []
    make = Exact._product

    def counted(self: Exact, key: object) -> object:
        made.append(key)
        return make(self, key)  # type: ignore[arg-type]

    monkeypatch.setattr(Exact, "_product", counted)
    turns = Turns()
    exact = Exact(table(3), ADMITTED, CODEC, executor, turns)
    order = Order(5, 1, constraint=LIKELY)

    async def all_of(order: Order) -> list[str]:
        return [name async for part in exact.parts(order) for name in part.names]

    together = await asyncio.gather(*(all_of(order) for _ in range(10)))
    assert all(names == together[0] for names in together)
    await all_of(order)
    turns.shutdown(cancel_futures=True)
    assert len(made) == 1


LONG = Constraint((), 1, 64)
"""Under a high temperature nearly every name is as likely as any other: the longest searches."""


async def test_a_long_question_ends_with_its_caller_and_holds_up_no_other(embedded: Model) -> None:
    """A cancelled search leaves nothing behind; short questions are answered while it goes on."""
    endless = Order(100_000, 1, Sampling(9.0), LONG, distinct=True)
    await drawn(embedded, endless._replace(count=1))  # what is left is the search
    searches = [
        asyncio.ensure_future(embedded.generate(endless._replace(seed=seed))) for seed in range(2)
    ]
    short = Constraint(language=Language(pattern="mari?a"))
    top = await embedded.exact.top(5, Sampling(), short)
    assert sorted(top.names) == ["mara", "maria"]
    assert not any(search.done() for search in searches)
    turns = tuple(embedded.exact._turns._turns)
    assert len(turns) == len(searches)
    for one in searches:
        one.cancel()
    await asyncio.wait(searches)
    assert not (await asyncio.to_thread(wait, turns, 30)).not_done


async def test_a_search_that_takes_too_long_is_refused(
    exact: Exact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By names drawn, listed and counted; the bound is told."""
    monkeypatch.setattr(search, "STEPS", 5_000)
    flat = Sampling(10.0)
    with pytest.raises(TooComplexError, match="takes more than 5000 steps to search"):
        await exact.top(1_000, flat, LONG)
    with pytest.raises(TooComplexError):
        [part async for part in exact.parts(Order(1_000, 1, flat, LONG, distinct=True))]
    with pytest.raises(TooComplexError):
        await exact.measure(flat, Constraint((), 8, 8), -20.0)
    assert len((await exact.top(10, flat, LONG)).names) == 10


async def test_of_more_names_than_are_counted_the_search_is_short(embedded: Model) -> None:
    """As soon as there are too many it ends: before all names of so many are read."""
    found = await embedded.exact.measure(Sampling(9.0), LONG, -1_000.0)
    assert (found.above_floor, found.more) == (COUNTED, True)


async def test_a_prefix_that_is_not_drawn_is_taken_as_given_by_names_alone(exact: Exact) -> None:
    """No question knows a name; names, also distinct ones, go on from it."""
    greedy, constraint = Sampling(top_k=1), Constraint((1, 1), 2, 6)
    assert not enumerated(3, greedy, constraint)
    assert await exact.measure(greedy, constraint, -9.0) == (0, 0, 0, 0, 0, False)
    with pytest.raises(UnsatisfiableError):
        await exact.top(3, greedy, constraint)
    order = Order(3, 1, greedy, constraint._replace(language=Language(novel=True)))
    (drawn_,) = [part async for part in exact.parts(order)]
    assert len(set(drawn_.names)) == 1
    assert drawn_.names[0].startswith("aa")
    (once,) = [part async for part in exact.parts(order._replace(distinct=True))]
    assert (once.names, once.exhausted) == (drawn_.names[:1], True)


async def test_rejection_draws_from_the_same_distribution_and_reports_its_rate(
    rejecting_: Rejecting,
) -> None:
    """The rate is near the exact probability; parts and rows continue one sequence."""
    constraint = Constraint((), 1, 6, Language(pattern=".*a"))
    order = Order(3_000, 5, constraint=constraint)
    parts = [part async for part in rejecting_.parts(order)]
    names = [name for part in parts for name in part.names]
    assert len(names) == 3_000
    assert all(name.endswith("a") for name in names)
    admitted = enumerated(3, Sampling(), constraint)
    p = sum(admitted.values()) / sum(
        enumerated(3, Sampling(), constraint._replace(language=None)).values()
    )
    rate = parts[-1].acceptance
    assert rate is not None
    assert abs(rate - p) < 5 * math.sqrt(p * (1 - p) / (3_000 / p))  # false alarm: 1 in 10^6
    later = order._replace(first=1_000, count=100)
    assert [n async for part in rejecting_.parts(later) for n in part.names] == names[1_000:1_100]
    distinct = order._replace(count=60, distinct=True)
    once = [n async for part in rejecting_.parts(distinct) for n in part.names]
    assert once == list(dict.fromkeys(names))[:60]


async def test_rejection_gives_up_and_says_at_what_rate(
    rejecting_: Rejecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is never drawn, and distinct names of which the sampling draws only some."""
    monkeypatch.setattr(rejecting, "TRIES", 2_000)
    short = Constraint((), 1, 6, Language(pattern="a|b|c|d|ab"))
    drawn = enumerated(3, Sampling(top_k=2), short)
    other = (set("abcd") - set(drawn)).pop()
    never = short._replace(language=Language(pattern=other))
    with pytest.raises(GaveUpError, match="0 of 2048 did"):
        [part async for part in rejecting_.parts(Order(1, 1, Sampling(top_k=2), never))]
    some = Order(10, 1, Sampling(top_k=2), short, distinct=True)
    parts = [part async for part in rejecting_.parts(some)]
    assert sorted(name for part in parts for name in part.names) == sorted(drawn)
    assert [part.gave_up for part in parts][-1]
    few = Order(10, 1, Sampling(temperature=10), Constraint((), 1, 1), distinct=True)
    (all_,) = [part async for part in rejecting_.parts(few)]
    assert sorted(all_.names) == ["a", "b", "c", "d"]
    assert all_.exhausted


async def test_a_model_without_a_table_rejects_and_answers_no_questions(deep: Load) -> None:
    """Both of its backends accept the same names; questions need a table."""
    order = Order(40, 2, constraint=Constraint(language=Language(pattern=".*(a|n)")))
    answers = [await deep(backend).generate(order) for backend in ("onnx", "torchscript")]
    assert answers[0] == answers[1]
    assert answers[0].acceptance is not None
    assert 0 < answers[0].acceptance < 1
    with pytest.raises(NoTableError):
        await deep("onnx").description()
    with pytest.raises(NoTableError):
        _ = deep("onnx").exact


async def test_new_questions_at_once_are_all_answered(embedded: Model) -> None:
    """Each computes what the others do, of its own table or product, and none waits for ever."""
    samplings = [Sampling(temperature=1 + i / 7) for i in range(3)]
    prefixes = [Constraint((i,)) for i in range(1, 6)]
    exact = embedded.exact
    asked = [exact.top(10, sampling, Constraint()) for sampling in samplings]
    asked += [exact.top(10, Sampling(), prefix) for prefix in prefixes]
    measured = [exact.measure(one, Constraint((7,)), -12.0) for one in samplings]
    tops, measures = await asyncio.gather(asyncio.gather(*asked), asyncio.gather(*measured))
    assert all(len(top.names) == 10 for top in tops)
    assert all(measure.probability for measure in measures)


def test_a_lazy_value_is_computed_once_and_holds_no_lock() -> None:
    """Two threads compute that of two objects, each waiting until the other has begun."""
    together = threading.Barrier(2, timeout=30)

    class Thing:
        @lazy
        def value(self) -> int:
            """Wait until the other has begun."""
            together.wait()
            return 7

    things = Thing(), Thing()
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda thing: thing.value, things)) == [7, 7]
    assert all(vars(thing) == {"value": 7} for thing in things)
