"""EvaluateSplit over a real connection: the loss of a split, and unknown splits."""

import math
from typing import Any

import grpc
import pytest

from namesmith.v1.models_pb2 import GetModelRequest
from namesmith.v1.names_pb2 import EvaluateSplitRequest
from refusals import refusal

MEGABYTE = "a" * 2**20


@pytest.mark.parametrize("split", ["train", "val", "test"])
async def test_the_loss_of_a_split_is_the_trainers(names: Any, models: Any, split: str) -> None:
    """The loss is within 1e-5 of the manifest's, with its counts, provenance and derived units."""
    manifest = (await models.GetModel(GetModelRequest())).model.manifest
    (expected,) = (one for one in manifest.splits if one.name == split)
    answer = await names.EvaluateSplit(EvaluateSplitRequest(split=split))
    assert answer.loss == pytest.approx(expected.loss, abs=1e-5)
    assert (answer.names, answer.symbols) == (expected.names, expected.symbols)
    assert answer.perplexity == pytest.approx(math.exp(answer.loss))
    assert answer.bits_per_character == pytest.approx(answer.loss / math.log(2))
    assert (answer.model, answer.version) == ("us-names", 1)
    assert (answer.data_sha256, answer.backend) == (manifest.data.sha256, "table")
    assert answer.device == "cpu"


@pytest.mark.parametrize("split", ["", "dev", "Train", "../train", MEGABYTE])
async def test_an_unknown_split_is_not_found(names: Any, split: str) -> None:
    """NOT_FOUND repeats the name, shortened, and says which splits there are."""
    call = names.EvaluateSplit(EvaluateSplitRequest(split=split))
    code, message, violations, kinds = await refusal(call)
    assert code is grpc.StatusCode.NOT_FOUND
    assert message.endswith("is unknown, the model has train, val, test")
    assert len(message) < 200
    assert list(violations) == ["split"]
    assert kinds == {"ErrorInfo", "BadRequest", "ResourceInfo"}
