"""Requests for names: each field out of bounds is refused with its bound."""

import math
from typing import Any

import grpc
import pytest

from namesmith.v1.names_pb2 import Constraint, GenerateNamesRequest, Sampling, StreamNamesRequest
from refusals import refusal

MEGABYTE = "a" * 2**20
ALPHABET = "'abcdefghijklmnopqrstuvwxyz'"


def generate(count: int = 1, **fields: Any) -> GenerateNamesRequest:
    """Return a request of one name unless the fields say otherwise."""
    return GenerateNamesRequest(count=count, **fields)


LAST = 2**62 - 1
"""Largest first row of one name."""


@pytest.mark.parametrize(
    ("request_", "field", "description"),
    [
        (generate(first_row=-1), "first_row", f"-1 is not in [0, {LAST}]"),
        (generate(2, first_row=LAST), "first_row", f"{LAST} is not in [0, {LAST - 1}]"),
        (
            generate(first_row=1, distinct=True),
            "first_row",
            "1 with distinct, whose names depend on the names before them; 0 is allowed",
        ),
        (generate(0), "count", "0 is not in [1, 100000]"),
        (generate(-1), "count", "-1 is not in [1, 100000]"),
        (generate(100_001), "count", "100001 is not in [1, 100000]"),
        (generate(2**31 - 1), "count", "2147483647 is not in [1, 100000]"),
        (
            generate(99_999),
            "count",
            (
                "99999 names of up to 32 characters are 3199968 symbols, at most 2000000 are"
                " allowed in a call"
            ),
        ),
        *(
            (generate(sampling=Sampling(**{name: value})), f"sampling.{name}", description)
            for name, value, description in [
                ("temperature", math.nan, "nan is not in [0, 10]"),
                ("temperature", -0.5, "-0.5 is not in [0, 10]"),
                ("temperature", math.inf, "inf is not in [0, 10]"),
                ("temperature", 10.0000001, "10.0000001 is not in [0, 10]"),
                ("top_k", -1, "-1 is not in [0, 27]"),
                ("top_k", 28, "28 is not in [0, 27]"),
                ("top_p", 0.0, "0.0 is not in (0, 1]"),
                ("top_p", math.nan, "nan is not in (0, 1]"),
                ("top_p", 1.5, "1.5 is not in (0, 1]"),
                ("min_p", -0.1, "-0.1 is not in [0, 1]"),
                ("min_p", math.nan, "nan is not in [0, 1]"),
                ("min_p", 1.5, "1.5 is not in [0, 1]"),
            ]
        ),
        *(
            (generate(constraint=Constraint(**{name: value})), f"constraint.{name}", description)
            for name, value, description in [
                ("min_length", -1, "-1 is not in [0, max_length = 32]"),
                ("min_length", 33, "33 is not in [0, max_length = 32]"),
                ("max_length", 0, "0 is not in [1, 64]"),
                ("max_length", 65, "65 is not in [1, 64]"),
                (
                    "prefix",
                    "a1",
                    "character '1' at position 1 is not in the vocabulary: " + ALPHABET,
                ),
                (
                    "prefix",
                    "a.",
                    "character '.' at position 1 is not in the vocabulary: " + ALPHABET,
                ),
                ("prefix", "a" * 33, "33 characters, at most max_length = 32 are allowed"),
                ("prefix", MEGABYTE, "1048576 characters, at most max_length = 32 are allowed"),
            ]
        ),
    ],
)
async def test_a_field_out_of_bounds_is_refused(
    names: Any, request_: GenerateNamesRequest, field: str, description: str
) -> None:
    """A value out of bounds is named with the bound, and the next call works."""
    code, message, violations, kinds = await refusal(names.GenerateNames(request_))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert violations == {field: description}
    assert message == f"{field}: {description}"
    assert kinds == {"ErrorInfo", "BadRequest"}
    assert len((await names.GenerateNames(generate())).names) == 1


async def test_all_violations_are_told_at_once(names: Any) -> None:
    """Each of four fields out of bounds has its violation."""
    request = generate(0, sampling=Sampling(top_k=99, min_p=2), constraint=Constraint(prefix="é"))
    _, _, violations, _ = await refusal(names.GenerateNames(request))
    assert set(violations) == {"count", "sampling.top_k", "sampling.min_p", "constraint.prefix"}


async def test_a_stream_of_distinct_names_has_at_most_100_000(names: Any) -> None:
    """All distinct names of a stream are held in memory: a larger count is refused."""
    stream = names.StreamNames(StreamNamesRequest(count=100_001, distinct=True))
    _, _, violations, _ = await refusal(stream.read())
    assert violations == {"count": "100001 is not in [1, 100000]"}
