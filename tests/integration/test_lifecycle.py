"""The server process, from its start to its end."""

import json
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from namesmith.bundle import Bundle
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import EvaluateSplitRequest, GenerateNamesRequest, StreamNamesRequest
from namesmith_server import backends
from processes import ONE_OR_TWO, running

SERVICES = (
    "",
    "namesmith.v1.NameService",
    "namesmith.v1.ModelService",
    "namesmith.v1.ServerService",
)


@pytest.mark.parametrize("backend", backends.names())
def test_every_backend_answers_the_trainers_val_loss(repository: Path, backend: str) -> None:
    """The val loss over gRPC is the manifest's, within 1e-5."""
    manifest = Bundle.open(repository / "small" / "1").manifest
    (expected,) = (split.loss for split in manifest.splits if split.name == "val")
    with (
        running("--models", repository, "--backend", backend) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = names_pb2_grpc.NameServiceStub(channel)
        answer = stub.EvaluateSplit(EvaluateSplitRequest(split="val"))
    assert answer.backend == backend
    assert answer.loss == pytest.approx(expected, abs=1e-5)


def test_sigterm_finishes_the_calls_in_flight() -> None:
    """Calls that began before SIGTERM are answered in full; the log says so, the status is 0."""
    request = GenerateNamesRequest(count=30_000)
    with (
        running() as server,
        grpc.insecure_channel(server.address) as channel,
        ThreadPoolExecutor(8) as callers,
    ):
        stub = names_pb2_grpc.NameServiceStub(channel)
        stub.GenerateNames(GenerateNamesRequest(count=1))
        calls = [stub.GenerateNames.future(request) for _ in range(8)]
        stub.GenerateNames(GenerateNamesRequest(count=1))  # behind them: they are in the server
        server.process.send_signal(signal.SIGTERM)
        assert [event["event"] for event in server.events()] == ["draining", "stopped"]
        answers = list(callers.map(lambda call: call.result(), calls))
        assert server.process.wait(30) == 0
    assert [len(answer.names) for answer in answers] == [30_000] * 8


def test_calls_that_outlast_the_grace_end_unavailable() -> None:
    """A long stream ends with a status and details; the log counts it, the exit status is 0."""
    with (
        running("--grace-seconds", "0.2") as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = names_pb2_grpc.NameServiceStub(channel)
        stream = stub.StreamNames(StreamNamesRequest(count=10**9))
        next(stream)
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(grpc.RpcError) as caught:
            for _ in stream:
                pass
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert caught.value.details() == "the server is stopping"
        assert rpc_status.from_call(caught.value).details
        events = [(event["event"], event.get("calls")) for event in server.events()]
        assert events == [("draining", None), ("calls cut", 1), ("stopped", None)]
        assert server.process.wait(30) == 0


def test_a_stream_that_is_left_early_is_no_error() -> None:
    """A client that leaves a stream in the middle leaves nothing in the log."""
    with running() as server, grpc.insecure_channel(server.address) as channel:
        stub = names_pb2_grpc.NameServiceStub(channel)
        for _ in range(5):
            stream = stub.StreamNames(StreamNamesRequest(count=10**7))
            next(stream)
            stream.cancel()
        stub.GenerateNames(GenerateNamesRequest(count=30_000))  # behind the chunks in flight
        server.process.send_signal(signal.SIGTERM)
        events = [event["event"] for event in server.events()]
        assert server.process.wait(30) == 0
    assert events == ["draining", "stopped"]


def test_health_is_reported_by_service() -> None:
    """The server and each of its services are SERVING; an unknown service is NOT_FOUND."""
    with running() as server, grpc.insecure_channel(server.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for service in SERVICES:
            answer = stub.Check(health_pb2.HealthCheckRequest(service=service))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.RpcError) as caught:
            stub.Check(health_pb2.HealthCheckRequest(service="other"))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("workers", ONE_OR_TWO)
def test_an_interrupt_during_the_drain_ends_the_server(workers: str) -> None:
    """SIGINT exits with the status of an interrupted program; a second SIGTERM changes nothing."""
    stream = StreamNamesRequest(count=10**9)
    with running("--workers", workers) as server, grpc.insecure_channel(server.address) as channel:
        next(names_pb2_grpc.NameServiceStub(channel).StreamNames(stream))
        events = server.events()
        for number in (signal.SIGTERM, signal.SIGTERM):
            server.process.send_signal(number)
        assert next(event for event in events if event["event"] == "draining")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(10) == 128 + signal.SIGINT


STANDING_STILL = """
import time
from namesmith_server.app.main import main
from namesmith_server.engine import Model

Model.try_generate_inline = lambda *_: time.sleep(0.3)
main()
"""
"""A server whose event loop stands still at each call of GenerateNames, for 300 ms."""


def test_an_event_loop_that_stands_still_is_logged() -> None:
    """The first call after an idle time that holds up the event loop shows in the log."""
    with (
        running(program=(sys.executable, "-c", STANDING_STILL)) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = names_pb2_grpc.NameServiceStub(channel)
        stub.GenerateNames(GenerateNamesRequest(count=1))
        assert server.process.stderr is not None
        event = json.loads(server.process.stderr.readline())
    assert event["event"] == "event loop late"
    assert event["milliseconds"] >= 250
