"""Blends: distributions, names and answers are those of the definition, part by part."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from blending import Part, blended_distribution, letters_of, log_prob, random_table, words
from chain_bundles import definite_chain, wandering_chain
from chi_square import assert_follows
from namesmith.vocabulary import Vocabulary
from namesmith_server.engine import (
    CannotBlendError,
    Chain,
    Constraint,
    GenerateRequest,
    Model,
    Sampling,
    blend_models,
    kinds,
)
from namesmith_server.engine.blending.alphabet import united_vocabulary

LONGEST = 4

BLENDS: dict[str, tuple[Part, ...]] = {
    "tables-of-one-order": (
        Part(0.6, "abc", random_table(1, "abc", 2), 2, ("ab", "ca")),
        Part(0.4, "abc", random_table(2, "abc", 2), 2, ("ab", "bb")),
    ),
    "orders": (
        Part(0.3, "abc", random_table(3, "abc", 1), 1),
        Part(0.7, "abc", random_table(4, "abc", 3), 3, ("a",)),
    ),
    "table-and-chain": (
        Part(0.5, "abcd", random_table(5, "abcd", 2), 2),
        Part(0.5, "abcd", definite_chain(6, 3, 0.5, 5), 3),
    ),
    "vocabularies": (
        Part(0.25, "abx", random_table(7, "abx", 2), 2, ("ax",)),
        Part(0.75, "cab", definite_chain(8, 3, 0.5, 4), 3, ("cab", "ab")),
    ),
    "three": (
        Part(0.2, "ab", random_table(9, "ab", 3), 3),
        Part(0.3, "bc", random_table(10, "bc", 2), 2),
        Part(0.5, "cda", definite_chain(11, 2, 0.7, 4), 2),
    ),
    "endless-memory": (
        Part(0.5, "abcd", wandering_chain(12, 9, 5), 64),
        Part(0.5, "ab", random_table(13, "ab", 1), 1),
    ),
}


@pytest.fixture(params=BLENDS)
def parts(request: pytest.FixtureRequest) -> tuple[Part, ...]:
    """Provide the parts of a blend."""
    return BLENDS[request.param]


@pytest.fixture(params=["chains", "network"])
def blend(
    parts: tuple[Part, ...], request: pytest.FixtureRequest, executor: ThreadPoolExecutor
) -> Iterator[Model]:
    """Provide their blend, of chains alone or of a network among them."""
    as_network = request.param == "network"
    models = [parts[0].model(executor, as_network=as_network)]
    models += [part.model(executor) for part in parts[1:]]
    blended = blend_models(models, [part.weight for part in parts]).model
    assert blended.inference.is_exact is not as_network
    yield blended
    for model in (*models, blended):
        model.close()


def test_the_next_symbol_is_mixed_from_each_parts_own_context(
    blend: Model, parts: tuple[Part, ...]
) -> None:
    """Behind every history, also of probability 0, by table and by chain."""
    letters, size = letters_of(parts), blend.ingredients.block_size
    histories = list(words(letters, 3))
    encoded = [blend.vocabulary.encode(history) for history in histories]
    contexts = np.array([([0] * size + ids)[-size:] for ids in encoded], dtype=np.int64)
    found = np.exp(blend.backend.log_probs(contexts).astype(np.float64))
    for history, row in zip(histories, found, strict=True):
        expected = blended_distribution(parts, history)
        assert row.tolist() == pytest.approx(
            [expected.get(one, 0.0) for one in ("", *letters)], abs=3e-7
        ), history


async def test_names_are_scored_by_the_definition(blend: Model, parts: tuple[Part, ...]) -> None:
    """The same number comes from text, context by context."""
    names = list(words(letters_of(parts), 3))
    scores = await blend.score(names)
    assert scores.log_probs == pytest.approx([log_prob(parts, one) for one in names], abs=1e-5)


@pytest.mark.parametrize(
    "content",
    [(), (kinds.Novel(),), (kinds.Pattern("a.*|.*b"), kinds.Novel())],
    ids=["lengths", "novel", "pattern"],
)
async def test_answers_equal_an_enumeration(
    parts: tuple[Part, ...], content: tuple[kinds.Pattern, ...], executor: ThreadPoolExecutor
) -> None:
    """The most probable names and the probability of a constraint; novel is new to every part."""
    models = [part.model(executor) for part in parts]
    blend = blend_models(models, [part.weight for part in parts]).model
    trained = {name for part in parts for name in part.training}
    every = {name: log_prob(parts, name) for name in words(letters_of(parts), LONGEST)}
    admitted = {
        name: found
        for name, found in every.items()
        if name
        and not (content and name in trained)
        and (len(content) < 2 or name.startswith("a") or name.endswith("b"))
        and found > -math.inf
    }
    constraint = Constraint(max_length=LONGEST, content=content)
    top = await blend.inference.top(20, Sampling(), constraint)
    assert list(top.log_probs) == pytest.approx(sorted(admitted.values())[:-21:-1], abs=1e-5)
    assert all(name in admitted for name in blend.codec.decode(top.names))
    measure = await blend.inference.measure(Sampling(), constraint, None)
    assert measure.names == len(admitted)
    assert measure.probability == pytest.approx(sum(map(math.exp, admitted.values())), rel=1e-5)
    for model in (*models, blend):
        model.close()


async def test_names_are_drawn_as_often_as_they_are_probable(
    blend: Model, parts: tuple[Part, ...]
) -> None:
    """4,000 names, by chi-square; row i is the same whichever rows are drawn beside it."""
    request = GenerateRequest(4_000, 7, constraint=Constraint(max_length=LONGEST))
    names = blend.codec.decode((await blend.generate(request)).names)
    every = {
        name: math.exp(log_prob(parts, name))
        for name in words(letters_of(parts), LONGEST)
        if name and log_prob(parts, name) > -math.inf
    }
    assert_follows(Counter(names), every)
    few = await blend.generate(request._replace(count=9, first_row=100))
    assert blend.codec.decode(few.names) == names[100:109]


def test_contexts_of_one_alphabet_are_united(executor: ThreadPoolExecutor) -> None:
    """Where every state is a context, the blend has no more states than its parts together."""
    parts = [Part(0.5, "abcd", definite_chain(seed, 4, 0.5, 5), 4) for seed in (1, 2)]
    chain = _chain(parts, executor)
    assert max(len(part.chain) for part in parts) <= len(chain)
    assert len(chain) <= sum(len(part.chain) for part in parts)


async def test_a_hot_blend_never_draws_what_no_part_draws(
    blend: Model, parts: tuple[Part, ...]
) -> None:
    """A symbol of probability 0 keeps it at every temperature."""
    request = GenerateRequest(500, 3, Sampling(10.0), Constraint(max_length=LONGEST))
    drawn = await blend.generate(request)
    for name in set(blend.codec.decode(drawn.names)):
        assert log_prob(parts, name) > -math.inf


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("abc", "xyz", "no character in common"),
        ("abc", "abcABC", "upper from lower case"),
    ],
)
def test_alphabets_that_do_not_go_together_are_refused(
    one: str, other: str, reason: str, executor: ThreadPoolExecutor
) -> None:
    """The reason is told."""
    parts = [Part(0.5, letters, random_table(1, letters, 1), 1) for letters in (one, other)]
    with pytest.raises(CannotBlendError, match=reason):
        _chain(parts, executor)


def _chain(parts: Sequence[Part], executor: ThreadPoolExecutor) -> Chain:
    """Return the chain of a blend."""
    models = [part.model(executor) for part in parts]
    blend = blend_models(models, [part.weight for part in parts]).model
    for model in (*models, blend):
        model.close()
    assert blend.ingredients.chain is not None
    return blend.ingredients.chain


@pytest.mark.parametrize("order", [("ab", "xy", "bx"), ("xy", "bx", "ab"), ("bx", "ab", "xy")])
def test_alphabets_go_together_in_any_order(order: tuple[str, ...]) -> None:
    """They are connected by shared characters, whichever comes first."""
    united = united_vocabulary([Vocabulary.of([one]) for one in order])
    assert united == Vocabulary.of(["abxy"])
