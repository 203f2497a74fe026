"""Fault 53: the device of a model is full or fails, at the start or while calls are answered."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

import grpc
import pytest
import torch
from grpc_health.v1 import health_pb2, health_pb2_grpc

from changed import changed
from loaded import load_repository
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import EvaluateSplitRequest, GenerateNamesRequest, ScoreNamesRequest
from namesmith_server.app.errors import LoadError
from namesmith_server.app.settings import Settings
from namesmith_server.backends.device_guard import DeviceGuard
from refusals import refusal

pytestmark = pytest.mark.slow  # CI has no room for it: make faults

FULL = "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has 3 MiB free."
LOST = "CUDA error: unspecified launch failure; CUDA kernel errors might be asynchronous"
"""Words of torch about a GPU."""

FAILING = """
from pathlib import Path

import torch

from namesmith_server.backends.device_guard import DeviceGuard

DeviceGuard.devices = ("cpu",)
load = torch.jit.load


def failing_load(*given, **options):
    module = load(*given, **options)

    def answer(contexts):
        if Path({path!r}).exists() and len(contexts) >= {least}:
            raise RuntimeError("{words}")
        return module(contexts)

    answer.eval = lambda: answer
    answer.double = lambda: answer
    return answer


torch.jit.load = failing_load
"""
"""A change of the server: torch fails on batches of some size for as long as a file exists."""

NO_RETRIES = (("grpc.enable_retries", 0),)

NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def test_fault_53_a_call_that_the_device_has_no_memory_for_ends_alone(
    deep_repository: Path, tmp_path: Path
) -> None:
    """The large call is RESOURCE_EXHAUSTED with RetryInfo; small ones are answered beside it."""
    path = tmp_path / "full"
    change = FAILING.format(path=str(path), least=1_000, words=FULL)
    options = ("--models", deep_repository, "--backend", "torchscript")
    with changed(tmp_path, change, *options) as server:
        async with grpc.aio.insecure_channel(server.address, NO_RETRIES) as channel:
            stub = names_pb2_grpc.NameServiceStub(channel)
            path.touch()
            large = stub.EvaluateSplit(EvaluateSplitRequest(split="val"))
            small = stub.GenerateNames(GenerateNamesRequest(count=20))
            code, message, _, kinds = await refusal(large)
            assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert message == "the device that computes the model is short of memory for this call"
            assert kinds == {"ErrorInfo", "RetryInfo"}
            assert len((await small).names) == 20
            path.unlink()
            assert (await stub.EvaluateSplit(EvaluateSplitRequest(split="val"))).loss > 0


async def test_fault_53_a_device_that_fails_is_told_in_health_and_one_line(
    deep_repository: Path, tmp_path: Path
) -> None:
    """Calls are UNAVAILABLE, health is NOT_SERVING, the log has one line; the server goes on."""
    path = tmp_path / "lost"
    change = FAILING.format(path=str(path), least=1, words=LOST)
    options = ("--models", deep_repository, "--backend", "torchscript")
    with changed(tmp_path, change, *options) as server:
        async with grpc.aio.insecure_channel(server.address, NO_RETRIES) as channel:
            stub, health = names_pb2_grpc.NameServiceStub(channel), health_of(channel)
            watch = health.Watch(health_pb2.HealthCheckRequest(service="deep"))
            assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
            path.touch()
            await told_lost(stub)
            assert (await watch.read()).status == NOT_SERVING
            path.unlink()
            await told_lost(stub)
            for service in ("", "namesmith.v1.NameService"):
                request = health_pb2.HealthCheckRequest(service=service)
                assert (await health.Check(request)).status == NOT_SERVING
        server.process.terminate()
        lines = list(server.events())
        (lost,) = (line for line in lines if line["level"] == "ERROR")
        assert lost["event"] == "device lost"
        assert lost["error"] == "device cpu: fails: CUDA error: unspecified launch failure"


async def told_lost(stub: "names_pb2_grpc.NameServiceAsyncStub") -> None:
    """Hold every kind of call to the status of a device that has failed."""
    for call in (
        stub.GenerateNames(GenerateNamesRequest(count=20)),
        stub.ScoreNames(ScoreNamesRequest(names=["anna"])),
        stub.EvaluateSplit(EvaluateSplitRequest(split="val")),
    ):
        code, message, _, kinds = await refusal(call)
        assert code is grpc.StatusCode.UNAVAILABLE
        assert message == "the device that computes the model has failed"
        assert kinds == {"ErrorInfo", "RetryInfo"}


def health_of(channel: grpc.aio.Channel) -> "health_pb2_grpc.HealthAsyncStub":
    """Return a stub of the health service."""
    return health_pb2_grpc.HealthStub(channel)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (FULL, "device cpu: has too little memory left"),
        (LOST, "device cpu: fails: CUDA error: unspecified launch failure"),
    ],
)
def test_fault_53_a_device_that_cannot_serve_at_the_start_is_one_line(
    deep_repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    told: str,
) -> None:
    """The load ends with words that name the model and the device; the version is not blamed."""

    def fail(*_: object, **__: object) -> NoReturn:
        raise RuntimeError(words)

    monkeypatch.setattr(torch.jit, "load", fail)
    monkeypatch.setattr(DeviceGuard, "devices", ("cpu",))
    settings = Settings(models=deep_repository, backend="torchscript")
    told = f"^model deep: version 1: {re.escape(told)}$"
    with ThreadPoolExecutor(1) as executor, pytest.raises(LoadError, match=told):
        load_repository(settings, executor)
