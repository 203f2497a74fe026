"""Questions: each field out of bounds is refused with its bound."""

import math
from typing import Any

import grpc
import pytest

from namesmith.v1.names_pb2 import (
    GenerateNamesRequest,
    ListTopNamesRequest,
    MeasureConstraintRequest,
    Sampling,
)
from refusals import refusal


@pytest.mark.parametrize(
    ("call", "request_", "field", "description"),
    [
        (
            "GenerateNames",
            GenerateNamesRequest(count=100_001, distinct=True),
            "count",
            "100001 is not in [1, 100000]",
        ),
        ("ListTopNames", ListTopNamesRequest(), "count", "0 is not in [1, 10000]"),
        ("ListTopNames", ListTopNamesRequest(count=10_001), "count", "10001 is not in [1, 10000]"),
        (
            "ListTopNames",
            ListTopNamesRequest(count=1, sampling=Sampling(top_p=2)),
            "sampling.top_p",
            "2.0 is not in (0, 1]",
        ),
        (
            "MeasureConstraint",
            MeasureConstraintRequest(floor=1),
            "floor",
            "1.0 is not in [-1000000, 0]",
        ),
        (
            "MeasureConstraint",
            MeasureConstraintRequest(floor=math.nan),
            "floor",
            "nan is not in [-1000000, 0]",
        ),
    ],
)
async def test_a_question_out_of_bounds_is_refused(
    names: Any, call: str, request_: Any, field: str, description: str
) -> None:
    """The violation names the field, the value and the bound."""
    code, message, violations, _ = await refusal(getattr(names, call)(request_))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert violations == {field: description}
    assert message == f"{field}: {description}"
