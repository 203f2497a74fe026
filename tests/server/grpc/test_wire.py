"""Bytes that are no message of a call are refused."""

import grpc
import pytest

from refusals import refusal


@pytest.mark.parametrize("method", ["GenerateNames", "ScoreNames", "EvaluateSplit"])
async def test_bytes_that_are_no_message_are_refused(
    channel: grpc.aio.Channel, method: str
) -> None:
    """INVALID_ARGUMENT has details, and holds no word of protobuf's parser."""
    call = channel.unary_unary(f"/namesmith.v1.NameService/{method}")
    code, message, violations, kinds = await refusal(call(b"\xff\xff\xff\xff"))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert message == "request: is not a message of this call"
    assert violations == {"request": "is not a message of this call"}
    assert kinds == {"ErrorInfo", "BadRequest"}
