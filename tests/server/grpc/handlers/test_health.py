"""The health service over a real connection: bytes that are no message."""

import grpc
import pytest


async def test_health_refuses_bytes_that_are_no_message(channel: grpc.aio.Channel) -> None:
    """Check and Watch refuse them in the words of every other call, without the parser's."""
    check = channel.unary_unary("/grpc.health.v1.Health/Check")
    watch = channel.unary_stream("/grpc.health.v1.Health/Watch")
    for call in (check(b"\xff\xff"), watch(b"\xff\xff").read()):
        with pytest.raises(grpc.aio.AioRpcError, match="request: is not a message") as caught:
            await call
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
