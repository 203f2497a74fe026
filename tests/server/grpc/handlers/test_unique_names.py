"""Unique names of numbers, and the numbers of names, over a real connection."""

import math
from typing import Any

import grpc
import pytest

from namesmith.v1.names_pb2 import (
    Constraint,
    KeyOfNameRequest,
    ListTopNamesRequest,
    NameKeysRequest,
    Sampling,
    ScoreNamesRequest,
)
from namesmith.v1.names_pb2_grpc import NameServiceStub
from refusals import refusal

SECRET = b"sixteen bytes or more"
SMALL = Constraint(pattern="[ab]{1,3}")
"""A constraint of 14 names."""


def asked(*numbers: int, **fields: Any) -> NameKeysRequest:
    """Return a request for the names of numbers."""
    given = {"secret": SECRET, **fields}
    return NameKeysRequest(unique=True, numbers=numbers, **given)


async def test_numbers_have_names_of_their_own_that_lead_back(names: Any) -> None:
    """Any two calls of disjoint numbers have disjoint names; floor, count and origin are told."""
    first = await names.NameKeys(asked(*range(3_000), capacity=9_000))
    second = await names.NameKeys(asked(*range(6_000, 9_000), capacity=9_000))
    both = [*first.names, *second.names]
    assert len(set(both)) == 6_000
    assert (first.collision_probability, first.model, first.version) == (0, "us-names", 1)
    assert first.bearable_keys >= 9_000
    scored = await names.ScoreNames(ScoreNamesRequest(names=both))
    assert min(score.log_prob for score in scored.scores) >= first.floor
    back = await names.KeyOfName(KeyOfNameRequest(secret=SECRET, names=both, capacity=9_000))
    assert back.numbers == [*range(3_000), *range(6_000, 9_000)]
    assert (back.model, back.version) == ("us-names", 1)


async def test_all_names_of_a_constraint_are_had_in_another_order_by_each_secret(
    names: Any,
) -> None:
    """Under a capacity of all names, each is had once; the secret alone decides the order."""
    everything = (await names.ListTopNames(ListTopNamesRequest(count=20, constraint=SMALL))).names
    orders = set()
    for secret in (SECRET, b"another secret, another order"):
        request = asked(*range(14), secret=secret, capacity=14, constraint=SMALL)
        answer = await names.NameKeys(request)
        assert sorted(answer.names) == sorted(everything)
        assert answer.bearable_keys == 14
        orders.add(tuple(answer.names))
    assert len(orders) == 2


async def test_a_wrong_secret_is_never_confirmed(names: Any) -> None:
    """Names have numbers under every secret or under none; the numbers differ."""
    given = await names.NameKeys(asked(*range(500), capacity=1_000))
    tried = [*given.names, "xqxqxqxqxqxq", "Zoë", ""]
    found = [
        list(
            (
                await names.KeyOfName(KeyOfNameRequest(secret=secret, names=tried, capacity=1_000))
            ).numbers
        )
        for secret in (SECRET, b"a guess of the secret")
    ]
    assert found[0] == [*range(500), -1, -1, -1]
    assert [number == -1 for number in found[1]] == [number == -1 for number in found[0]]
    same = sum(a == b for a, b in zip(*found, strict=True)) - 3
    assert same <= 12  # of 500, each with a chance of 1e-3: more have a chance below 1e-12


async def test_names_of_another_constraint_have_no_number(names: Any) -> None:
    """A name that the constraint does not admit is -1, not an error."""
    request = KeyOfNameRequest(
        secret=SECRET, capacity=14, constraint=SMALL, names=["abb", "abc", "abab", "AB", "a-b"]
    )
    numbers = (await names.KeyOfName(request)).numbers
    assert [number >= 0 for number in numbers] == [True, False, False, True, False]


async def test_the_capacity_the_constraint_and_the_secret_decide_the_names(names: Any) -> None:
    """Each of them changed gives other names; the same constraint in other words gives the same."""
    lengths: dict[str, Any] = {"min_length": 3, "max_length": 6}
    usual = asked(*range(50), capacity=1_000, constraint=Constraint(pattern="[a-m]+", **lengths))
    same = asked(
        *range(50), capacity=1_000, constraint=Constraint(pattern="([a-m])([a-m]*)", **lengths)
    )
    answer = list((await names.NameKeys(usual)).names)
    assert list((await names.NameKeys(same)).names) == answer
    for other in (
        asked(*range(50), capacity=1_001, constraint=usual.constraint),
        asked(*range(50), capacity=1_000, constraint=Constraint(**lengths)),
        asked(*range(50), capacity=1_000, constraint=usual.constraint, secret=b"another one" * 2),
    ):
        assert sum(map(str.__eq__, (await names.NameKeys(other)).names, answer)) <= 10


REFUSED = {
    "keys": (asked(0, keys=[b"a"]), {"keys": "are of a request that is not unique"}),
    "sampling": (
        asked(0, sampling=Sampling(top_k=1)),
        {"sampling": "is of a request that is not unique: no name is drawn"},
    ),
    "none": (asked(), {"numbers": "0 numbers, 1 to 100000 are allowed"}),
    "many": (
        asked(*range(100_001)),
        {"numbers": "100001 numbers, 1 to 100000 are allowed"},
    ),
    "outside": (
        asked(0, 5, -1, capacity=5),
        {"numbers[1]": "5 is not in [0, capacity = 5)"},
    ),
    "capacity": (
        asked(0, capacity=2**40 + 1),
        {"capacity": "1099511627777 is not in [1, 1099511627776]"},
    ),
    "several": (
        asked(7, capacity=-1, secret=b"short"),
        {
            "capacity": "-1 is not in [1, 1099511627776]",
            "secret": "5 bytes, 16 to 1024 are allowed",
            "numbers[0]": "7 is not in [0, capacity = -1)",
        },
    ),
    "cost": (
        asked(*range(40_000), constraint=Constraint(max_length=64)),
        {
            "numbers": "40000 names of up to 64 characters are 2560000 symbols, at most 2000000 are"
            " allowed in a call"
        },
    ),
    "few-names": (
        asked(0, capacity=15, constraint=SMALL),
        {"capacity": "15 is above 14, the number of names that are admitted"},
    ),
    "not-unique": (
        NameKeysRequest(secret=SECRET, keys=[b"a"], numbers=[1], capacity=3),
        {
            "numbers": "is of a unique request alone",
            "capacity": "is of a unique request alone",
        },
    ),
}


@pytest.mark.parametrize(("request_", "violations"), REFUSED.values(), ids=REFUSED)
async def test_a_wrong_request_is_refused_by_its_fields(
    names: Any, request_: NameKeysRequest, violations: dict[str, str]
) -> None:
    """Every wrong field is told, with its value and its bound, and never the secret."""
    code, message, told, kinds = await refusal(names.NameKeys(request_))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert told == violations
    assert kinds == {"BadRequest", "ErrorInfo"}
    assert "short" not in message


async def test_names_that_are_too_many_or_too_long_are_refused(names: Any) -> None:
    """KeyOfName has the bounds of a list of names."""
    _, _, told, _ = await refusal(
        names.KeyOfName(KeyOfNameRequest(secret=SECRET, names=["a", "b" * 1_025]))
    )
    assert told == {"names[1]": "1025 characters, at most 1024 are allowed"}
    _, _, told, _ = await refusal(names.KeyOfName(KeyOfNameRequest(names=["a"])))
    assert list(told) == ["secret"]


async def test_unique_names_need_a_chain(deep_channel: grpc.aio.Channel) -> None:
    """A network that is served as it is cannot count its names."""
    deep_names: Any = NameServiceStub(deep_channel)
    for call in (
        deep_names.NameKeys(asked(0)),
        deep_names.KeyOfName(KeyOfNameRequest(secret=SECRET, names=["a"])),
    ):
        code, message, _, _ = await refusal(call)
        assert code is grpc.StatusCode.FAILED_PRECONDITION
        assert message.startswith("only a model with a chain answers this")


async def test_a_floor_is_that_of_a_constraint_with_a_prefix(names: Any) -> None:
    """Behind an improbable prefix the floor still bounds the whole name's log-probability."""
    constraint = Constraint(prefix="zx", max_length=4)
    answer = await names.NameKeys(asked(*range(300), capacity=300, constraint=constraint))
    scored = await names.ScoreNames(ScoreNamesRequest(names=answer.names))
    least = min(score.log_prob for score in scored.scores)
    assert answer.floor <= least < answer.floor + 1
    assert math.isfinite(answer.floor)
    assert {name[:2] for name in answer.names} == {"zx"}
