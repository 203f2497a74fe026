"""Constraints: each field out of bounds is refused with its bound, by every call."""

from typing import Any

import grpc
import pytest

from namesmith.v1.names_pb2 import (
    Constraint,
    GenerateNamesRequest,
    ListTopNamesRequest,
    MeasureConstraintRequest,
    StreamNamesRequest,
)
from refusals import refusal

ALPHABET = "'abcdefghijklmnopqrstuvwxyz'"
OUTSIDE = "character '1' at position 1 is not in the vocabulary: " + ALPHABET


def generate(count: int = 1, **fields: Any) -> GenerateNamesRequest:
    """Return a request with a constraint of those fields."""
    return GenerateNamesRequest(count=count, seed=1, constraint=Constraint(**fields))


@pytest.mark.parametrize(
    ("request_", "field", "description"),
    [
        (generate(suffix="a1"), "constraint.suffix", OUTSIDE),
        (generate(contains="a1"), "constraint.contains", OUTSIDE),
        (generate(pattern="a1"), "constraint.pattern", OUTSIDE),
        (generate(forbidden=["anna", "a1"]), "constraint.forbidden[1]", OUTSIDE),
        (generate(not_pattern="a1"), "constraint.not_pattern", OUTSIDE),
        (generate(starts_with_any=["a", "a1"]), "constraint.starts_with_any[1]", OUTSIDE),
        (generate(ends_with_any=["a1"]), "constraint.ends_with_any[0]", OUTSIDE),
        (
            generate(excludes=["a", ""]),
            "constraint.excludes[1]",
            "0 characters, 1 to 64 are allowed",
        ),
        (
            generate(excludes=["a"] * 10_001),
            "constraint.excludes",
            "10001 texts, at most 10000 are allowed",
        ),
        (
            generate(ends_with_any=["a" * 6], max_length=5),
            "constraint.ends_with_any[0]",
            "6 characters, at most max_length = 5 are allowed",
        ),
        (
            generate(suffix="a" * 33),
            "constraint.suffix",
            "33 characters, at most max_length = 32 are allowed",
        ),
        (
            generate(contains="a" * 9, max_length=8),
            "constraint.contains",
            "9 characters, at most max_length = 8 are allowed",
        ),
        (
            generate(forbidden=["a" * 1_025]),
            "constraint.forbidden[0]",
            "1025 characters, at most 1024 are allowed",
        ),
        (
            generate(forbidden=["a"] * 10_001),
            "constraint.forbidden",
            "10001 names, at most 10000 are allowed",
        ),
        (
            generate(forbidden=["a" * 1_000] * 101),
            "constraint.forbidden",
            "101000 characters, at most 100000 are allowed",
        ),
        (
            generate(pattern="a" * 501),
            "constraint.pattern",
            "501 characters, at most 500 are allowed",
        ),
        (
            generate(pattern="(a|b|c)*a(a|b|.){8}"),
            "constraint",
            (
                "takes at least 225350240 bytes of probabilities on this model, the bound is"
                " 67108864; simplify it, or ask for a max_length of at most 14"
            ),
        ),
    ],
)
async def test_a_malformed_or_costly_constraint_is_refused(
    names: Any, request_: GenerateNamesRequest, field: str, description: str
) -> None:
    """Every call that takes a constraint names the field, the value and the bound."""
    constraint = request_.constraint
    stream = names.StreamNames(StreamNamesRequest(count=1, constraint=constraint))
    for call in (
        names.GenerateNames(request_),
        stream.read(),
        names.MeasureConstraint(MeasureConstraintRequest(constraint=constraint)),
        names.ListTopNames(ListTopNamesRequest(count=1, constraint=constraint)),
    ):
        code, message, violations, kinds = await refusal(call)
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert violations == {field: description}
        assert message == f"{field}: {description}"
        assert kinds == {"ErrorInfo", "BadRequest"}
