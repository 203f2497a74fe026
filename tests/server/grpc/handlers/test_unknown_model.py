"""Every call that names a model refuses a name that no model has."""

from typing import Any

import grpc
import pytest

from namesmith.v1.models_pb2 import DescribeModelRequest, GetModelRequest
from namesmith.v1.names_pb2 import (
    EvaluateSplitRequest,
    GenerateNamesRequest,
    ListTopNamesRequest,
    MeasureConstraintRequest,
    ModelRef,
    ScoreNamesRequest,
)
from refusals import refusal

MEGABYTE = "a" * 2**20


@pytest.mark.parametrize("name", ["other", "us-names ", "../us-names", MEGABYTE])
async def test_an_unknown_model_is_not_found_by_calls_about_names(
    names: Any, models: Any, name: str
) -> None:
    """NOT_FOUND repeats the name, shortened, and says which models there are."""
    ref = ModelRef(name=name)
    for call in (
        names.GenerateNames(GenerateNamesRequest(model=ref, count=1)),
        names.ScoreNames(ScoreNamesRequest(model=ref, names=["ana"])),
        names.EvaluateSplit(EvaluateSplitRequest(model=ref, split="val")),
        models.GetModel(GetModelRequest(model=ref)),
    ):
        code, message, violations, _ = await refusal(call)
        assert code is grpc.StatusCode.NOT_FOUND
        assert "is unknown, this server has us-names" in message
        assert len(message) < 200
        assert list(violations) == ["model.name"]


async def test_an_unknown_model_is_not_found_by_questions(names: Any, models: Any) -> None:
    """Each of the questions answers NOT_FOUND, and names the field."""
    ref = ModelRef(name="other")
    for call in (
        names.MeasureConstraint(MeasureConstraintRequest(model=ref)),
        names.ListTopNames(ListTopNamesRequest(model=ref, count=1)),
        models.DescribeModel(DescribeModelRequest(model=ref)),
    ):
        code, _, violations, _ = await refusal(call)
        assert code is grpc.StatusCode.NOT_FOUND
        assert list(violations) == ["model.name"]
