"""Fault 1: while a model loads, the server is not ready, says so, and answers no call."""

from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from bigrams import endless_onnx, publish_bigram, rows_of
from namesmith.bundle import ONNX
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest
from processes import starting

OFTEN = (("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500))
"""Options of a channel that looks for a server twice a second while the server starts: gRPC's own
pauses grow to ten seconds on a busy machine, and the deadline falls into one."""

SERVICES = (
    "",
    "namesmith.v1.NameService",
    "namesmith.v1.ModelService",
    "namesmith.v1.ServerService",
)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_fault_01_a_server_that_loads_is_not_serving(tmp_path: Path, workers: str) -> None:
    """Health is NOT_SERVING for every service, and a call is UNAVAILABLE, with details."""
    models, rows = tmp_path / "models", rows_of(1)
    publish_bigram(models, rows, {ONNX: endless_onnx(rows)})
    with (
        starting("--models", models, "--workers", workers) as address,
        grpc.insecure_channel(address, OFTEN) as channel,
    ):
        health = health_pb2_grpc.HealthStub(channel)
        for service in SERVICES:
            request = health_pb2.HealthCheckRequest(service=service)
            answer = health.Check(request, wait_for_ready=True, timeout=60)
            assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING
        with pytest.raises(grpc.RpcError) as caught:
            names_pb2_grpc.NameServiceStub(channel).GenerateNames(GenerateNamesRequest(count=1))
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    details = rpc_status.from_call(caught.value).details
    assert any(detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR) for detail in details)
