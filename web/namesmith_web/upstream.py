"""The gRPC server that answers the calls."""

import json
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2

from namesmith.limits import MAX_RESPONSE_BYTES
from namesmith_client import TLS

OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.max_receive_message_length", MAX_RESPONSE_BYTES),
    ("grpc.service_config", json.dumps({"loadBalancingConfig": [{"round_robin": {}}]})),
    # A server that was away is found soon after it is back.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)
"""The gRPC settings of the channel."""

HEALTH_TIMEOUT = 2.0
"""Seconds that the server has to say whether it serves."""


def open_channel(address: str, tls_roots: Path | None) -> grpc.aio.Channel:
    """Return a channel to the server, on the running event loop.

    Args:
        address: host:port, or any gRPC target.
        tls_roots: PEM file with the trusted authorities; None: no encryption.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is not in PEM form.
    """
    if tls_roots is None:
        return grpc.aio.insecure_channel(address, OPTIONS)
    credentials = TLS(tls_roots.read_bytes()).credentials()
    return grpc.aio.secure_channel(address, credentials, OPTIONS)


async def is_serving(channel: grpc.aio.Channel) -> bool:
    """Return whether the server says that it serves."""
    check: Any = channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )
    try:
        answer = await check(health_pb2.HealthCheckRequest(), timeout=HEALTH_TIMEOUT)
    except grpc.aio.AioRpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
