"""Fault 24: the step of a batch fails, with the sequences of many callers in it."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest

from changed import changed
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest, StreamNamesRequest
from refusals import refusal

FAILING = """
from pathlib import Path

from namesmith_server.backends.{module} import {backend}

log_probs = {backend}.log_probs


def failing(self, contexts):
    if Path({path!r}).exists():
        raise RuntimeError("the runtime has lost its device /dev/secret0")
    return log_probs(self, contexts)


{backend}.log_probs = failing
"""
"""A change of the server: its backend fails for as long as a file exists."""


NO_RETRIES = (("grpc.enable_retries", 0),)


@pytest.mark.parametrize(
    ("module", "backend"),
    [
        ("onnx", "OnnxBackend"),
        pytest.param("torchscript", "TorchScriptBackend", marks=pytest.mark.slow),
    ],
)
async def test_fault_24_every_caller_in_a_failed_batch_may_try_again(
    deep_repository: Path, tmp_path: Path, module: str, backend: str
) -> None:
    """Each call is UNAVAILABLE with RetryInfo and nothing internal; later ones are answered."""
    path = tmp_path / "fails"
    change = FAILING.format(module=module, backend=backend, path=str(path))
    options = ("--models", deep_repository, "--backend", module)
    with changed(tmp_path, change, *options) as server:
        async with grpc.aio.insecure_channel(server.address, NO_RETRIES) as channel:
            await check(names_pb2_grpc.NameServiceStub(channel), path)


async def check(stub: "names_pb2_grpc.NameServiceAsyncStub", path: Path) -> None:
    """Make calls before, while and after the backend fails."""
    await stub.GenerateNames(GenerateNamesRequest(count=1))
    stream = stub.StreamNames(StreamNamesRequest(count=10**9))
    await stream.read()
    path.touch()  # noqa: ASYNC240 - nothing else runs here
    calls = [stub.GenerateNames(GenerateNamesRequest(count=n, seed=n)) for n in range(1, 17)]
    for refused in await asyncio.gather(*map(refusal, calls)):
        code, message, _, kinds = refused
        assert code is grpc.StatusCode.UNAVAILABLE
        assert "secret" not in message
        assert kinds == {"ErrorInfo", "RetryInfo"}
    with pytest.raises(grpc.aio.AioRpcError) as ended:  # once what was drawn before is read
        await read_to_the_end(stream)
    assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
    path.unlink()  # noqa: ASYNC240 - nothing else runs here
    assert len((await stub.GenerateNames(GenerateNamesRequest(count=20))).names) == 20


async def read_to_the_end(stream: "grpc.aio.UnaryStreamCall[Any, Any]") -> None:
    """Read all messages of a stream; raise the error that it ends with."""
    while await stream.read() is not grpc.aio.EOF:
        pass
