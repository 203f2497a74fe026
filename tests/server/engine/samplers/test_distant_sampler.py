"""Names at a distance from the training names, drawn from a chain: far, exact, row by row."""

import math
from collections.abc import Iterator

import pytest

from enumeration import (
    CODEC,
    COMPILER,
    admitted,
    along,
    conditioned,
    distributions,
    enumerated,
    name_of,
)
from namesmith_server.engine import (
    Constraint,
    GenerateRequest,
    Model,
    Sampling,
    TooComplexError,
    UnsatisfiableError,
    kinds,
    native,
)
from namesmith_server.engine.markov import beam_search, distant_names
from namesmith_server.engine.model import distant_inference
from namesmith_server.engine.samplers import ConditionedChains
from namesmith_server.engine.samplers.distant_sampler import draw

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def far(distance: int, **fields: object) -> Constraint:
    """Return the default constraint with a distance."""
    return Constraint(content=(kinds.MinDistance(distance),))._replace(**fields)  # type: ignore[arg-type]


def one_edit(name: str) -> Iterator[str]:
    """Yield every name within one edit of a name."""
    for at in range(len(name) + 1):
        yield from (name[:at] + letter + name[at:] for letter in LETTERS)
        yield name[:at] + name[at + 1 :]
        yield from (name[:at] + letter + name[at + 1 :] for letter in LETTERS)


async def drawn(model: Model, request: GenerateRequest) -> list[str]:
    """Return the names of a request."""
    return list(model.codec.decode((await model.generate(request)).names))


async def test_no_name_is_an_edit_from_a_training_name(embedded: Model) -> None:
    """No name that is one edit from any of 2,000 drawn names is a training name."""
    training = set(embedded.codec.decode(embedded._training()))
    names = await drawn(embedded, GenerateRequest(2_000, 5, constraint=far(2)))
    assert len(names) == 2_000
    assert not [name for name in names if not training.isdisjoint(one_edit(name))]


@pytest.mark.slow
async def test_no_name_is_two_edits_from_a_training_name(embedded: Model) -> None:
    """Names two edits apart have a name in common that is one edit from both."""
    names = await drawn(embedded, GenerateRequest(2_000, 5, constraint=far(3)))
    around = {near for name in names for near in one_edit(name)}
    training = embedded.codec.decode(embedded._training())
    assert not [name for name in training if not around.isdisjoint(one_edit(name))]


async def test_rows_are_independent_of_each_other(embedded: Model) -> None:
    """A part of the rows, a stream and a call have the same names; so have other constraints."""
    request = GenerateRequest(3_000, 5, constraint=far(3, prefix=(13, 1)))
    names = await drawn(embedded, request)
    assert len(names) == 3_000
    assert all(name.startswith("ma") for name in names)
    assert await drawn(embedded, request._replace(first_row=1_500, count=7)) == names[1_500:1_507]
    chunks = [chunk async for chunk in embedded.stream(request)]
    assert [name for one in chunks for name in embedded.codec.decode(one.names)] == names
    rate = chunks[-1].acceptance
    assert rate is not None
    found = await embedded.inference.measure(Sampling(), request.constraint, None)
    others = await embedded.inference.measure(Sampling(), request.constraint.without_margin, None)
    share = found.probability / others.probability
    # Twice a deviation of the estimate of 65,536 draws, and five of the sampler's: 1 in 10^6.
    assert abs(rate - share) < 5 * math.sqrt(share / 65_536) + 5 * rate * math.sqrt(1 / 3_000)


def test_numpy_draws_the_names_of_compiled_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without compiled code, the same rows have the same names."""
    lengths = Constraint((), 0, 6)
    request = GenerateRequest(500, 7, constraint=lengths)
    kinds_of = (kinds.MinDistance(3),)
    near = COMPILER.neighbourhood(kinds_of)
    assert near is not None
    compiled = draw(conditioned(3, Sampling(), lengths), near, request)
    monkeypatch.setattr(native, "available", False)
    monkeypatch.setattr(near, "_index", None)
    slowly = draw(conditioned(3, Sampling(), lengths), near, request)
    assert CODEC.decode(slowly.names) == CODEC.decode(compiled.names)
    assert slowly[1:] == compiled[1:]


async def test_distinct_names_end_where_there_are_no_more(embedded: Model) -> None:
    """Each name stands once, and all of few are found; the first are those of fewer."""
    few = Constraint(content=(kinds.Pattern("[jz]o?[jz]o?[jz]"), kinds.MinDistance(2)))
    everything = await embedded.generate(GenerateRequest(100, 3, constraint=few, distinct=True))
    names = list(embedded.codec.decode(everything.names))
    top = await embedded.inference.top(100, Sampling(), few)
    assert everything.exhausted
    assert top.exhausted
    assert sorted(names) == sorted(embedded.codec.decode(top.names))
    assert 0 < len(names) == len(set(names)) < 32
    request = GenerateRequest(3, 3, constraint=few, distinct=True)
    assert await drawn(embedded, request) == names[:3]


async def test_what_is_near_throughout_has_no_names(embedded: Model) -> None:
    """Names and their list are refused, and the measure is 0, without an interval."""
    near = Constraint(content=(kinds.Pattern("ann?a?"), kinds.MinDistance(2)))
    for distinct in (False, True):
        with pytest.raises(UnsatisfiableError):
            await embedded.generate(GenerateRequest(2, 1, constraint=near, distinct=distinct))
    with pytest.raises(UnsatisfiableError):
        await embedded.inference.top(3, Sampling(), near)
    found = await embedded.inference.measure(Sampling(), near, -9.0)
    assert (found.probability, found.names, found.above_floor, found.estimate) == (0, 0, 0, None)


SAMPLED_LENGTHS = pytest.mark.parametrize(
    ("sampling", "lengths"),
    [(Sampling(), Constraint((), 0, 4)), (Sampling(top_k=2), Constraint((1,), 1, 6))],
    ids=["free", "cut-prefix"],
)
"""Samplings with prefixes and lengths; the second would not draw its prefix."""


def behind_prefix(sampling: Sampling, constraint: Constraint) -> dict[str, float]:
    """Return the probability of each name at a distance of three, the prefix given."""
    rows, skipped = distributions(3, sampling), len(constraint.prefix)
    words = admitted(constraint._replace(content=kinds_of_three()))
    found = {name_of(word): math.prod(list(along(rows, word))[skipped:]) for word in words}
    total = sum(found.values())
    return {name: float(p / total) for name, p in found.items() if p > 0}


@SAMPLED_LENGTHS
def test_collisions_of_listed_names_are_exact(sampling: Sampling, lengths: Constraint) -> None:
    """Where names are few, the probability that two are one is that of the enumeration."""
    chain, near = conditioned(3, sampling, lengths), COMPILER.neighbourhood(kinds_of_three())
    assert near is not None
    truth = sum(p**2 for p in behind_prefix(sampling, lengths).values())
    assert distant_inference.collisions_distant(chain, near) == pytest.approx(truth, rel=1e-6)


@SAMPLED_LENGTHS
def test_rows_of_a_list_follow_the_distribution(
    monkeypatch: pytest.MonkeyPatch, sampling: Sampling, lengths: Constraint
) -> None:
    """Whatever row draws from the list, by its own number; chi-squared fails one run in 10^6."""
    chain, near = conditioned(3, sampling, lengths), COMPILER.neighbourhood(kinds_of_three())
    assert near is not None
    listed = distant_names.listed_distant_names(chain, near)
    assert listed is not None
    request = GenerateRequest(20_000, 7, constraint=lengths)
    rows = draw(chain, near, request, most=0, listed=listed).names
    names = CODEC.decode(rows)
    truth = behind_prefix(sampling, lengths)
    assert set(names) <= set(truth)
    expected = {name: 20_000 * p for name, p in truth.items()}
    often = [name for name, count in expected.items() if count > 5]
    chi = sum((names.count(one) - expected[one]) ** 2 / expected[one] for one in often)
    assert chi < len(often) + 5 * math.sqrt(2 * len(often)) + 25
    one = draw(chain, near, request._replace(first_row=77, count=1), most=0, listed=listed)
    assert CODEC.decode(one.names) == [names[77]]
    monkeypatch.setattr(distant_names, "FEW", 1)
    assert distant_names.listed_distant_names(chain, near) is None


def kinds_of_three() -> tuple[kinds.MinDistance]:
    """Return the content of a distance of three."""
    return (kinds.MinDistance(3),)


def test_an_estimate_holds_the_enumeration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where names are too many to be listed, all intervals of this seed hold the truth."""
    monkeypatch.setattr(distant_names, "FEW", 10)
    lengths, content = Constraint((1,), 1, 6), (kinds.MinDistance(3),)
    chain, near = conditioned(3, Sampling(), lengths), COMPILER.neighbourhood(content)
    assert near is not None
    free = lengths._replace(prefix=())
    found = distant_inference.measure_distant(chain, conditioned(3, Sampling(), free), near, None)
    names = enumerated(3, Sampling(), lengths._replace(content=content))
    total, estimate = sum(names.values()), found.estimate
    assert estimate is not None
    held = {
        estimate.probability: total,
        estimate.probability_given_lengths: total / sum(enumerated(3, Sampling(), free).values()),
        estimate.expected_length: sum(len(name) * p for name, p in names.items()) / total,
    }
    for interval, truth in held.items():
        assert interval is not None
        assert interval.low < truth < interval.high


async def test_a_margin_has_no_chain_of_its_own(small_chains: ConditionedChains) -> None:
    """A question for the chain of a margin is refused, and told why."""
    with pytest.raises(TooComplexError, match="has no automaton"):
        await small_chains.get(Sampling(), far(2))


@pytest.mark.parametrize(("steps", "found"), [(200, 3), (60, None)])
def test_a_list_of_names_is_whole_or_there_is_none(
    monkeypatch: pytest.MonkeyPatch, steps: int, found: int | None
) -> None:
    """A search that may take too long lists all names, if in fact it does not, or none of them."""
    constraint = Constraint((), 1, 30, (kinds.Pattern("..?"),))
    near = COMPILER.neighbourhood(far(2).content)
    assert near is not None
    chain = conditioned(3, Sampling(), constraint)
    monkeypatch.setattr(beam_search, "MAX_STEPS", steps)
    listed = distant_names.listed_distant_names(chain, near)
    assert (listed and len(listed.names)) == found
