"""Fault 32: calls of methods and services that do not exist."""

from collections.abc import Iterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from processes import running

CALLS = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")


@pytest.fixture(scope="module")
def channel() -> Iterator[grpc.Channel]:
    """Provide a connection to a server."""
    with running() as server, grpc.insecure_channel(server.address) as channel:
        yield channel


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize(
    "method",
    [
        "/namesmith.v1.NameService/DropNames",
        "/namesmith.v1.NameService/",
        "/namesmith.v2.NameService/GenerateNames",
        "/a/b/c",
        "/" + "x" * 2_000,
    ],
)
def test_fault_32_an_unknown_method_is_unimplemented(
    channel: grpc.Channel, method: str, kind: str
) -> None:
    """Whatever its name and arity, with a message that repeats nothing of the call."""
    given = iter([b"names"]) if kind.startswith("stream") else b"names"
    answer = getattr(channel, kind)(method)
    with pytest.raises(grpc.RpcError) as caught:
        list(answer(given, timeout=60)) if kind.endswith("stream") else answer(given, timeout=60)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert len(caught.value.details()) < 100


@pytest.mark.parametrize("service", ["other", "namesmith.v1", "names\x00", "é" * 500])
def test_fault_32_the_health_of_an_unknown_service_is_not_found(
    channel: grpc.Channel, service: str
) -> None:
    """Check is NOT_FOUND; Watch tells SERVICE_UNKNOWN and stays, as the protocol has it."""
    stub = health_pb2_grpc.HealthStub(channel)
    request = health_pb2.HealthCheckRequest(service=service)
    with pytest.raises(grpc.RpcError) as caught:
        stub.Check(request, timeout=60)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    watching = stub.Watch(request, timeout=60)
    assert next(watching).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    assert watching.is_active()
    watching.cancel()


def test_fault_32_known_methods_are_answered_beside_them(channel: grpc.Channel) -> None:
    """The connection of these calls serves on."""
    answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
