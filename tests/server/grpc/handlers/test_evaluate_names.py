"""EvaluateNames over a real connection: the loss of the names that a client sends."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from namesmith.v1.names_pb2 import EvaluateNamesRequest, EvaluateSplitRequest, ModelRef
from namesmith_server.app.settings import EMBEDDED
from refusals import refusal

VAL = EMBEDDED / "us-names" / "1" / "splits" / "val.txt"


async def sent(*messages: EvaluateNamesRequest) -> AsyncIterator[EvaluateNamesRequest]:
    """Yield the messages of a call."""
    for message in messages:
        yield message


async def test_names_sent_in_any_portions_have_the_loss_of_the_split(names: Any) -> None:
    """The val split, sent in three messages of which one is empty, has the val split's loss."""
    val = VAL.read_text().split()
    answer = await names.EvaluateNames(
        sent(
            EvaluateNamesRequest(names=val[:1000]),
            EvaluateNamesRequest(),
            EvaluateNamesRequest(names=val[1000:]),
        )
    )
    expected = await names.EvaluateSplit(EvaluateSplitRequest(split="val"))
    assert answer.loss == pytest.approx(expected.loss, rel=1e-12)
    for field in ("names", "symbols", "model", "version", "backend", "device"):
        assert getattr(answer, field) == getattr(expected, field)


@pytest.mark.parametrize(
    ("messages", "field", "code"),
    [
        ([], "names", grpc.StatusCode.INVALID_ARGUMENT),
        ([EvaluateNamesRequest()], "names", grpc.StatusCode.INVALID_ARGUMENT),
        ([EvaluateNamesRequest(names=["a1"])], "names[0]", grpc.StatusCode.INVALID_ARGUMENT),
        (
            [EvaluateNamesRequest(names=["a"]), EvaluateNamesRequest(names=["b", "a" * 1025])],
            "names[2]",
            grpc.StatusCode.INVALID_ARGUMENT,
        ),
        (
            [EvaluateNamesRequest(model=ModelRef(name="x"), names=["a"])],
            "model.name",
            grpc.StatusCode.NOT_FOUND,
        ),
    ],
)
async def test_a_message_out_of_bounds_is_refused(
    names: Any, messages: list[EvaluateNamesRequest], field: str, code: grpc.StatusCode
) -> None:
    """The field is named, and a name's place is counted over all messages."""
    refused, _, violations, _ = await refusal(names.EvaluateNames(sent(*messages)))
    assert refused is code
    assert list(violations) == [field]
