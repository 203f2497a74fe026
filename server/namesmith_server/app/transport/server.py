"""The gRPC server: its services and its channel arguments."""

from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from namesmith.limits import MAX_MESSAGE_BYTES, MAX_RESPONSE_BYTES
from namesmith.v1 import models_pb2_grpc, names_pb2_grpc
from namesmith_server.app.settings import Settings
from namesmith_server.engine import Admission
from namesmith_server.grpc import (
    SERVICES,
    Catalog,
    CostLimits,
    HealthService,
    ModelService,
    NameService,
    RawBytesServer,
    RunningCalls,
)

MAX_PENDING_CALLS = 16_384
"""Largest number of calls that wait for a handler; gRPC's own limit of 1,000 would reset some of
these calls by chance."""

OPTIONS = (
    ("grpc.max_concurrent_streams", 1024),
    ("grpc.server.max_pending_requests", MAX_PENDING_CALLS),
    ("grpc.server.max_pending_requests_hard_limit", MAX_PENDING_CALLS),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_RESPONSE_BYTES),
    ("grpc.keepalive_time_ms", 120_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Connections are renewed, so that clients behind a balancer find new servers.
    # A running stream goes on: no max_connection_age_grace_ms is set, which would cut it.
    ("grpc.max_connection_age_ms", 30 * 60_000),
)
"""Channel arguments of the server."""


def build_server(
    settings: Settings, catalog: Catalog, health: HealthService, calls: RunningCalls
) -> grpc.aio.Server:
    """Return the server with its services, before it listens."""
    # Workers share the port; a second server on the same port is refused.
    reuse = ("grpc.so_reuseport", int(settings.workers > 1))
    server = grpc.aio.server(options=(*OPTIONS, reuse))
    server.add_generic_rpc_handlers((calls,))  # the first, so that it sees every call
    cost_limits, admission = CostLimits(settings.max_symbols), Admission(settings.max_names)
    raw: Any = RawBytesServer(server)  # has of a server the methods that generated code calls
    names = NameService(catalog, cost_limits, admission)
    models = ModelService(catalog)
    names_pb2_grpc.add_NameServiceServicer_to_server(names, raw)
    models_pb2_grpc.add_ModelServiceServicer_to_server(models, raw)
    health_pb2_grpc.add_HealthServicer_to_server(health, raw)
    if settings.reflection:
        from grpc_reflection.v1alpha import reflection  # noqa: PLC0415 - when it is asked for

        services = (*SERVICES, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name)
        reflection.enable_server_reflection((*services, reflection.SERVICE_NAME), server)
    return server
