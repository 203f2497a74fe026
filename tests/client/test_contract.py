"""The contract of a client: what holds for the fake ones holds for the real ones, and the reverse.

Every test runs on a real server and on the fake, each called by both kinds of clients.
"""

import asyncio
import inspect
import math
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from namesmith.v1 import names_pb2
from namesmith_client import (
    AsyncClient,
    AsyncNameStream,
    Client,
    Constraint,
    GeneratedNames,
    Health,
    NamesmithError,
    Sampling,
)
from namesmith_client.testing import AsyncFakeClient, FakeClient

Caller = Callable[..., Any]

CONSTRAINTS: dict[str, tuple[dict[str, Any], str]] = {
    "plain": ({}, r".{1,32}"),
    "prefix": ({"prefix": "ma"}, r"ma.{0,30}"),
    "improbable-prefix": ({"prefix": "zqx", "max_length": 5}, r"zqx.{0,2}"),
    "whole-prefix": ({"prefix": "anna", "max_length": 4}, "anna"),
    "upper-case": ({"prefix": "MA", "suffix": "NA"}, r"ma(.*na|.*)"),
    "suffix": ({"suffix": "na"}, r".*na"),
    "overlap": ({"prefix": "an", "suffix": "na", "max_length": 3, "min_length": 3}, "ana"),
    "contains": ({"contains": "li"}, r".*li.*"),
    "pattern": ({"pattern": "(ma|ka)[a-e]?(l.)*n?"}, r"(ma|ka)[a-e]?(l.)*n?"),
    "counted": ({"pattern": "(a?[^a]){2,3}"}, r"(a?[^a]){2,3}"),
    "lengths": ({"min_length": 5, "max_length": 6}, r".{5,6}"),
    "one-length": ({"min_length": 1, "max_length": 1}, r"."),
    "forbidden": ({"pattern": "[ab]", "forbidden": ["a"]}, "b"),
    "distance": ({"min_distance": 3, "min_length": 4, "max_length": 12}, r".{4,12}"),
    "excludes": ({"excludes": ["an", "E", "x1", "ann"], "max_length": 6}, r"(?!.*(an|e)).{1,6}"),
    "not-pattern": ({"not_pattern": ".*(a|n).*", "max_length": 4}, r"[^an]{1,4}"),
    "starts-with-any": ({"starts_with_any": ["ka", "M", "kar"]}, r"(ka|m).*"),
    "ends-with-any": ({"ends_with_any": ["na", "LIA", "a"]}, r".*a"),
    "all": (
        {
            "excludes": ["q", "xy"],
            "not_pattern": ".*zz.*",
            "starts_with_any": ["k", "m"],
            "ends_with_any": ["a", "e"],
            "prefix": "k",
            "suffix": "a",
            "contains": "ri",
            "pattern": "[a-m]?.*",
            "min_length": 4,
            "max_length": 12,
            "novel": True,
            "min_distance": 2,
        },
        r"(?=.*ri)k.{2,10}a",
    ),
}
"""Constraints, and the expression that every name under each matches whole."""

SECRET = b"sixteen bytes or more"

REFUSED: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "count": ("generate", (0,), {}),
    "many": ("generate", (100_001,), {}),
    "cost": ("generate", (100_000,), {"max_length": 64}),
    "stream": ("stream", (10**9 + 1,), {}),
    "distinct-stream": ("stream", (100_001,), {"distinct": True}),
    "seed": ("generate", (1,), {"seed": -1}),
    "first_row": ("generate", (1,), {"first_row": -1}),
    "last-row": ("stream", (2,), {"first_row": 2**62 - 1}),
    "wide-row": ("generate", (1,), {"first_row": 2**63}),
    "distinct-rows": ("stream", (1,), {"first_row": 1, "distinct": True}),
    "temperature": ("generate", (1,), {"temperature": 11}),
    "nan": ("generate", (1,), {"temperature": math.nan}),
    "top_k": ("generate", (1,), {"top_k": 28}),
    "top_p": ("generate", (1,), {"top_p": 0}),
    "min_p": ("generate", (1,), {"min_p": 1.5}),
    "several": ("generate", (0,), {"top_p": 2, "min_length": 40, "prefix": "a1"}),
    "prefix": ("generate", (1,), {"prefix": "ann-a"}),
    "long-prefix": ("generate", (1,), {"prefix": "a" * 33}),
    "suffix": ("generate", (1,), {"suffix": "\u2028"}),
    "lengths": ("generate", (1,), {"min_length": 6, "max_length": 5}),
    "max_length": ("generate", (1,), {"max_length": 65}),
    "pattern": ("generate", (1,), {"pattern": "a(b"}),
    "anchor": ("generate", (1,), {"pattern": "^a$"}),
    "long-pattern": ("generate", (1,), {"pattern": "a" * 501}),
    "positions": ("generate", (1,), {"pattern": "(a{40}){40}"}),
    "forbidden": ("generate", (1,), {"forbidden": ["anna", "a b"]}),
    "min_distance": ("generate", (1,), {"min_distance": 4}),
    "negative-distance": ("top", (1,), {"min_distance": -1}),
    "many-forbidden": ("generate", (1,), {"forbidden": ["a"] * 10_001}),
    "excludes": ("generate", (1,), {"excludes": ["", "a" * 65]}),
    "many-excludes": ("generate", (1,), {"excludes": ["a"] * 10_001}),
    "long-excludes": ("generate", (1,), {"excludes": ["a" * 50] * 2_001}),
    "one-exclude": ("generate", (1,), {"excludes": "anna"}),
    "not_pattern": ("generate", (1,), {"not_pattern": "a(b"}),
    "starts": ("generate", (1,), {"starts_with_any": ["a1", "b" * 33]}),
    "ends": ("generate", (1,), {"ends_with_any": ["a"] * 1_001}),
    "excluded-prefix": ("generate", (1,), {"excludes": ["nn"], "prefix": "ann"}),
    "unsatisfiable": ("generate", (1,), {"pattern": "b", "prefix": "a"}),
    "unsatisfiable-top": ("top", (1,), {"suffix": "b", "pattern": "a"}),
    "cut": ("generate", (1,), {"temperature": 0, "suffix": "zzz"}),
    "model": ("generate", (1,), {"model": "other"}),
    "long-model": ("generate", (1,), {"model": "o" * 100}),
    "version": ("generate", (1,), {"model": "us-names/7"}),
    "label": ("generate", (1,), {"model": "us-names@stable"}),
    "blend": ("generate", (1,), {"model": "us-names*x+us-names"}),
    "blend-of-one": ("score", (["ana"],), {"model": "us-names*2"}),
    "blend-of-nine": ("top", (1,), {"model": "+".join(["us-names"] * 9)}),
    "blend-share": ("stream", (1,), {"model": "us-names*0+us-names"}),
    "blend-model": ("measure", (), {"model": "us-names+fi"}),
    "blend-version": ("describe", (), {"model": "us-names+us-names/7"}),
    "blend-label": ("evaluate_names", (["ana"],), {"model": "us-names+us-names@stable"}),
    "blend-split": ("evaluate", ("val",), {"model": "us-names+us-names"}),
    "blend-described": ("model", ("us-names+us-names",), {}),
    "malformed-model": ("generate", (1,), {"model": "us-names/x"}),
    "score": ("score", (["anna", "an na"],), {}),
    "no-names": ("score", ([],), {}),
    "long-name": ("score", (["a", "b" * 1_025],), {}),
    "one-name": ("score", ("anna",), {}),
    "evaluate": ("evaluate", ("all",), {}),
    "evaluate-none": ("evaluate_names", ([],), {}),
    "evaluate-unknown": ("evaluate_names", (["a", "b", "ä"],), {}),
    "evaluate-model": ("evaluate_names", (["a"],), {"model": "other"}),
    "no-secret": ("name_keys", (["a"],), {}),
    "two-secrets": ("name_keys", (["a"],), {"secret": b"s" * 16, "secret_name": "s"}),
    "short-secret": ("name_keys", (["a"],), {"secret": b"s" * 15}),
    "long-secret": ("name_keys", (["a"],), {"secret": b"s" * 1_025}),
    "unknown-secret": ("name_keys", (["a"],), {"secret_name": "s" * 128}),
    "long-secret-name": ("name_keys", (["a"],), {"secret_name": "s" * 129}),
    "secret-text": ("name_keys", (["a"],), {"secret": "s" * 16}),
    "no-keys": ("name_keys", ([],), {"secret": b"s" * 16}),
    "one-key": ("name_keys", ("anna",), {"secret": b"s" * 16}),
    "number-key": ("name_keys", ([b"a", 1],), {"secret": b"s" * 16}),
    "surrogate-key": ("name_keys", (["\ud800"],), {"secret": b"s" * 16}),
    "long-key": ("name_keys", (["a", "\xe4" * 513],), {"secret": b"s" * 16, "top_p": 2}),
    "key-cost": ("name_keys", (["a"] * 65_000,), {"secret": b"s" * 16}),
    "floor": ("measure", (), {"floor": 1}),
    "numbers": ("name_numbers", ([0, 9, -1],), {"secret": SECRET, "capacity": 9}),
    "no-numbers": ("name_numbers", ([],), {}),
    "capacity": ("name_numbers", ([0],), {"secret": SECRET, "capacity": 2**41}),
    "few-names": (
        "name_numbers",
        ([0],),
        {"secret": SECRET, "capacity": 5, "constraint": Constraint(pattern="ann?a?")},
    ),
    "no-unique-names": (
        "name_numbers",
        ([0],),
        {"secret": SECRET, "constraint": Constraint(pattern="b", prefix="a")},
    ),
    "unique-distance": (
        "name_numbers",
        ([0],),
        {"secret": SECRET, "constraint": Constraint(min_distance=2)},
    ),
    "numbers-of-none": ("numbers_of_names", ([],), {"secret": SECRET}),
    "numbers-of-long": ("numbers_of_names", (["b" * 1_025],), {"secret_name": "none"}),
    "top": ("top", (10_001,), {}),
    "labels": ("models", (), {"data_labels": {str(i): "x" for i in range(17)}}),
    "long-label": ("models", (), {"data_labels": {"a": "x" * 65}, "licence": "x" * 129}),
    "health": ("health", (), {"service": "other"}),
    "timeout": ("generate", (1,), {"timeout": 0}),
    "keyword": ("generate", (1,), {"no_such": 1}),
}
"""Calls that are refused."""


def caller_of(client: Any, runner: asyncio.Runner) -> Caller:
    """Return the operations of a client of either kind; a stream is read to a list of chunks."""

    async def made(name: str, *args: Any, **kwargs: Any) -> Any:
        result = getattr(client, name)(*args, **kwargs)
        result = await result if inspect.isawaitable(result) else result
        if isinstance(result, AsyncNameStream):
            return [chunk async for chunk in result.chunks()]
        return result

    def call(name: str, *args: Any, **kwargs: Any) -> Any:
        if isinstance(client, AsyncClient):
            return runner.run(made(name, *args, **kwargs))
        result = getattr(client, name)(*args, **kwargs)
        return list(result.chunks()) if name == "stream" else result

    return call


def opened(kind: str, address: str, stack: ExitStack) -> Caller:
    """Open a client of a kind until the stack ends."""
    runner = stack.enter_context(asyncio.Runner())
    made: dict[str, Callable[[], Any]] = {
        "real": lambda: Client(address),
        "real-async": lambda: AsyncClient(address),
        "fake": lambda: FakeClient(model="us-names"),
        "fake-async": lambda: AsyncFakeClient(model="us-names"),
    }
    client = made[kind]()
    if isinstance(client, AsyncClient):
        stack.callback(lambda: runner.run(client.close()))
    else:
        stack.callback(client.close)
    return caller_of(client, runner)


@pytest.fixture(params=["real", "real-async", "fake", "fake-async"])
def call(request: pytest.FixtureRequest, server: str) -> Iterator[Caller]:
    """Provide the operations of one client."""
    with ExitStack() as stack:
        yield opened(request.param, server, stack)


@pytest.fixture(params=["real", "fake"])
def one(request: pytest.FixtureRequest, server: str) -> Iterator[Caller]:
    """Provide the operations of one blocking client, for what the transport has no part in."""
    with ExitStack() as stack:
        yield opened(request.param, server, stack)


@pytest.fixture
def both(server: str) -> Iterator[tuple[Caller, Caller]]:
    """Provide the operations of a real client and of a fake one."""
    with ExitStack() as stack:
        yield opened("real", server, stack), opened("fake", server, stack)


def test_every_field_of_a_constraint_is_held() -> None:
    """A field that constraints gain has a case here, so that the fake heeds it too."""
    held = {field for constraint, _ in CONSTRAINTS.values() for field in constraint}
    assert held == set(names_pb2.Constraint.DESCRIPTOR.fields_by_name)


@pytest.mark.parametrize(("constraint", "expression"), CONSTRAINTS.values(), ids=CONSTRAINTS)
def test_names_satisfy_their_constraint(
    one: Caller, constraint: dict[str, Any], expression: str
) -> None:
    """Every name matches, the same again for the same seed, and other ones for another."""
    names = one("generate", 40, seed=5, **constraint).names
    assert [name for name in names if re.fullmatch(expression, name) is None] == []
    assert one("generate", 40, seed=5, **constraint).names == names
    assert one("generate", 7, seed=5, **constraint).names == names[:7]


@pytest.mark.parametrize("distinct", [False, True])
def test_a_stream_gives_the_names_of_one_call(call: Caller, distinct: bool) -> None:  # noqa: FBT001 - a parameter
    """Chunk behind chunk they are the same names, log-probabilities and origin."""
    arguments = {"seed": 9, "distinct": distinct, "log_probs": True, "contains": "a"}
    whole = call("generate", 9_000, **arguments)
    chunks = call("stream", 9_000, **arguments)
    assert len(chunks) > 1
    assert sum((chunk.names for chunk in chunks), ()) == whole.names
    assert sum((chunk.log_probs for chunk in chunks), ()) == pytest.approx(whole.log_probs)
    assert {(one.seed, one.model, one.version) for one in chunks} == {(9, "us-names", 1)}
    if distinct:
        assert len(set(whole.names)) == 9_000


def test_a_row_depends_on_the_seed_and_its_number(call: Caller) -> None:
    """Ranges of rows are parts of the whole, in one answer and in a stream, up to the last row."""
    whole = call("generate", 30, seed=9, contains="a", log_probs=True)
    part = call("generate", 5, seed=9, contains="a", log_probs=True, first_row=20)
    assert (part.names, part.log_probs) == (whole.names[20:25], whole.log_probs[20:25])
    (chunk,) = call("stream", 10, seed=9, contains="a", first_row=20)
    assert chunk.names == whole.names[20:]
    last = 2**62 - 1
    assert call("generate", 2, seed=9, first_row=last - 1).names[1:] == (
        call("generate", 1, seed=9, first_row=last).names
    )


def test_distinct_names_end_where_there_are_no_more(call: Caller) -> None:
    """They are all names of the constraint, each once, and the answer says so."""
    arguments = {"seed": 1, "pattern": "ann?a?", "forbidden": ["ANN"], "distinct": True}
    few = call("generate", 10, **arguments)
    assert sorted(few.names) == ["an", "ana", "anna"]
    assert few.exhausted
    (chunk,) = call("stream", 10, **arguments)
    assert (chunk.names, chunk.exhausted) == (few.names, True)
    assert not call("generate", 3, **arguments).exhausted
    assert len(call("generate", 26, seed=1, max_length=1, distinct=True).names) == 26


def test_greedy_names_are_equal(call: Caller) -> None:
    """Each setting of the sampling that leaves one symbol gives one name."""
    for only in ({"temperature": 0}, {"top_k": 1}, {"top_p": 1e-9}, {"min_p": 1}):
        assert len(set(call("generate", 10, seed=3, **only).names)) == 1


@pytest.mark.parametrize(
    "settings",
    [{}, {"temperature": 0.5}, {"top_k": 5}, {"top_p": 0.8}, {"min_p": 0.2}, {"prefix": "ma"}],
    ids=str,
)
def test_names_are_drawn_as_often_as_they_are_probable(
    one: Caller, settings: dict[str, Any]
) -> None:
    """The share of names that end with a is what the measures say, within five deviations."""
    names = one("generate", 2_000, seed=6, **settings).names
    share = sum(name.endswith("a") for name in names) / 2_000
    whole = one("measure", **settings).probability
    expected = one("measure", suffix="a", **settings).probability / whole
    assert share == pytest.approx(expected, abs=5 * math.sqrt(expected * (1 - expected) / 2_000))


def test_values_and_keywords_say_the_same(call: Caller) -> None:
    """A sampling and a constraint that are kept give the names of their fields as keywords."""
    kept = call(
        "generate",
        9,
        seed=1,
        sampling=Sampling(top_k=9, min_p=0.01),
        constraint=Constraint(prefix="ma", suffix="a", forbidden=["maria"]),
    )
    written = {"prefix": "ma", "suffix": "a", "forbidden": ["maria"]}
    assert call("generate", 9, seed=1, top_k=9, min_p=0.01, **written) == kept


def test_a_seed_is_drawn_and_told(call: Caller) -> None:
    """The drawn seed gives the same names; the next one is another."""
    drawn = call("generate", 20)
    assert isinstance(drawn, GeneratedNames)
    assert call("generate", 20, seed=drawn.seed) == drawn
    assert call("generate", 20).seed != drawn.seed


def test_scores_evaluations_and_generated_log_probs_agree(call: Caller) -> None:
    """One model is behind all of them."""
    names = call("generate", 50, seed=2, log_probs=True)
    scored = call("score", names.names, per_character=True)
    assert scored.log_probs == pytest.approx(names.log_probs, abs=1e-9)
    for one, parts in zip(scored.log_probs, scored.character_log_probs, strict=True):
        assert math.fsum(parts) == pytest.approx(one, abs=1e-5)
    evaluated = call("evaluate_names", iter(names.names))
    assert evaluated.symbols == sum(map(len, names.names)) + 50
    assert evaluated.loss == pytest.approx(-math.fsum(scored.log_probs) / evaluated.symbols)
    for split in call("model").splits:
        assert call("evaluate", split.name).loss == pytest.approx(split.loss, abs=1e-4)


def test_plausibilities_rise_with_the_log_probability(call: Caller) -> None:
    """They are in [0, 1], come where they are asked for, and are computed to a resolution."""
    names = (*call("generate", 50, seed=2).names, "zqxjzqxjzqxj", "")
    scored = call("score", names, plausibility=True, timeout=200)
    values = [
        value for _, value in sorted(zip(scored.log_probs, scored.plausibilities, strict=True))
    ]
    assert values == sorted(values)
    assert 0 <= values[0] < 0.05
    assert 0.8 < values[-1] <= 1
    assert scored.plausibility_resolution > 0
    assert scored.plausibility_draws is None
    assert call("score", ["anna"]).plausibilities is None


def test_models_are_listed_by_the_labels_and_licence_of_their_data(call: Caller) -> None:
    """A label or a licence that is stated finds the model, and any other leaves it out."""
    (only,) = call("models", data_labels={})
    assert call("models", data_labels=only.data_labels, licence=only.licence) == (only,)
    assert call("models", data_labels={**only.data_labels, "locale": "fi"}) == ()
    assert call("models", licence="CC-BY-4.0") == ()


def test_a_measure_is_the_sum_of_its_names(call: Caller) -> None:
    """The probabilities of all names of a small constraint add up to its own; the lengths count."""
    constraint = {"pattern": "(ann?|eli)a?", "max_length": 4}
    top = call("top", 10, **constraint)
    measure = call("measure", floor=-12, **constraint)
    assert top.exhausted
    assert set(top.names) == {"an", "ana", "ann", "anna", "eli", "elia"}
    assert top.log_probs == tuple(sorted(top.log_probs, reverse=True))
    assert top.log_probs == pytest.approx(call("score", top.names).log_probs, abs=1e-9)
    assert measure.names == 6
    assert measure.probability == pytest.approx(math.fsum(map(math.exp, top.log_probs)))
    assert measure.probability < measure.probability_given_lengths < 1
    assert measure.names_above_floor == sum(one >= -12 for one in top.log_probs)
    assert 2 < measure.expected_length < 4
    prefixed = call("measure", prefix="a", **constraint)
    assert prefixed.names == 4
    assert prefixed.probability < measure.probability
    assert call("measure", pattern="a", min_length=2).probability == 0


def test_names_of_a_distance_are_listed_measured_and_drawn(one: Caller) -> None:
    """Few names are listed, and the rest is exact; many are estimated, with intervals."""
    few = {"pattern": "[jz]o?[jz]o?[jz]", "min_distance": 2}
    top, measure = one("top", 100, **few), one("measure", floor=-99, **few)
    assert top.exhausted
    assert len(top.names) == measure.names == measure.names_above_floor
    assert measure.estimate is None
    assert measure.probability == pytest.approx(math.fsum(map(math.exp, top.log_probs)))
    assert set(one("generate", 20, seed=3, **few).names) <= set(top.names)
    many = one("measure", min_distance=3)
    interval = many.estimate.probability
    assert 0 < interval.low < many.probability < interval.high < 1
    drawn = one("generate", 50, seed=3, min_distance=3)
    assert 0 < drawn.acceptance_rate < 1
    assert len(one("generate", 50, seed=3, min_distance=3, distinct=True).names) == 50
    assert one("name_keys", ["a", "b", "a"], secret=b"s" * 16, min_distance=2).names[0] != ""


def test_numbers_have_unique_names_that_lead_back(call: Caller) -> None:
    """Each number has a name of its own under the constraint; the floor holds; names lead back."""
    scheme = {"secret": SECRET, "capacity": 700, "constraint": Constraint(pattern="m[a-z]{3}")}
    named = call("name_numbers", range(200, 700), **scheme)
    assert len(set(named.names)) == 500
    assert named.names_above_floor >= 700
    assert min(call("score", named.names).log_probs) >= named.floor
    assert min(call("top", 700, pattern="m[a-z]{3}").log_probs) >= named.floor
    assert call("name_numbers", [699, 200], **scheme).names == (named.names[-1], named.names[0])
    found = call("numbers_of_names", [*named.names, "anna", "Zoë", ""], **scheme)
    assert found.numbers == (*range(200, 700), None, None, None)
    wrong = call("numbers_of_names", named.names, **scheme | {"secret": SECRET[::-1]})
    assert None not in wrong.numbers
    assert wrong.numbers != found.numbers[:500]
    assert (found.model, found.version) == (named.model, named.version) == ("us-names", 1)


def test_a_key_has_a_name_of_its_own(call: Caller) -> None:
    """The name follows from key and secret: whatever the batch, and of a text by its UTF-8."""
    secret = {"secret": b"0123456789abcdef", "suffix": "a"}
    keys = [str(i) for i in range(200)]
    whole = call("name_keys", keys, **secret)
    assert whole == call("name_keys", [key.encode() for key in keys], **secret)
    assert call("name_keys", keys[::-2], **secret).names == whole.names[::-2]
    assert call("name_keys", ["7", "7"], **secret).names == 2 * whole.names[7:8]
    assert {name[-1] for name in whole.names} == {"a"}
    other = call("name_keys", keys, secret=b"0123456789abcdeg", suffix="a").names
    assert sum(map(str.__eq__, other, whole.names)) < 20


def test_collisions_are_told_exactly(call: Caller) -> None:
    """Their probability is the sum of the squares of the names' probabilities."""
    constraint = {"pattern": "(ann?|eli)a?", "max_length": 4}
    top = call("top", 10, **constraint)
    weights = [math.exp(one) for one in top.log_probs]
    expected = math.fsum(one**2 for one in weights) / math.fsum(weights) ** 2
    named = call("name_keys", ["x"], secret=b"s" * 16, **constraint)
    assert named.collision_probability == pytest.approx(expected, rel=1e-6)
    bears = named.bearable_keys
    assert bears * (bears - 1) <= 1 / named.collision_probability < bears * (bears + 1)


def test_a_description_is_a_distribution(call: Caller) -> None:
    """The lengths, the entropy and the perplexities fit each other and the model."""
    described = call("describe")
    assert len(described.length_probabilities) == 65
    assert math.fsum(described.length_probabilities) == pytest.approx(1, abs=1e-3)
    expected = math.fsum(i * one for i, one in enumerate(described.length_probabilities))
    assert described.expected_length == pytest.approx(expected, rel=0.02)
    assert described.entropy_per_symbol == pytest.approx(
        described.entropy_per_name / (described.expected_length + 1)
    )
    assert 0 < described.training_probability < 1
    assert list(described.perplexities) == ["train", "val", "test"]


def test_the_server_and_its_model_are_described(call: Caller) -> None:
    """Health, the models and the bounds have the values that they have by default."""
    assert call("health") is call("health", service="us-names") is Health.SERVING
    assert call("wait_ready") is None
    (model,) = call("models")
    assert model == call("model") == call("model", "us-names/1")
    assert (model.name, model.version, model.default) == ("us-names", 1, True)
    assert model.symbols[0] == "."
    assert call("server").max_symbols == 2_000_000


@pytest.mark.parametrize(("operation", "args", "kwargs"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_the_same(
    both: tuple[Caller, Caller], operation: str, args: Any, kwargs: Any
) -> None:
    """The error of the fake has the class, the code, the words and the details of a server's."""
    real, fake = (refusal(call, operation, args, kwargs) for call in both)
    assert fake == real


def refusal(call: Caller, operation: str, args: Any, kwargs: Any) -> Any:
    """Return what tells two refusals apart."""
    with pytest.raises((NamesmithError, TypeError, ValueError)) as caught:
        call(operation, *args, **kwargs)
    error = caught.value
    if not isinstance(error, NamesmithError):
        return type(error), str(error)
    return type(error), error.code, str(error), error.reason, error.violations, error.resource


def test_a_closed_client_refuses_calls(server: str) -> None:
    """A later call raises RuntimeError, of every kind."""
    for kind in (lambda: Client(server), FakeClient):
        with kind() as client:
            client.generate(1)
        for closed in (lambda: client.generate(1), lambda: client.evaluate_names(["a"])):
            with pytest.raises(RuntimeError, match="the client is closed"):
                closed()


@pytest.mark.parametrize("kind", ["real", "fake"])
def test_a_closed_stream_ends(server: str, kind: str) -> None:
    """Reading it further raises an error of code CANCELLED; its origin stays readable."""
    with Client(server) if kind == "real" else FakeClient() as client:
        stream = client.stream(10**6, seed=4)
        with pytest.raises(RuntimeError, match="come with its first names"):
            _ = stream.seed
        with stream:
            first = next(stream.chunks())
        assert stream.seed == first.seed == 4
        with pytest.raises(NamesmithError) as caught:
            list(stream.chunks())
        assert caught.value.code.name == "CANCELLED"
