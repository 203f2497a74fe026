"""The gRPC server: its services and its channel arguments."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from namesmith.limits import MAX_MESSAGE_BYTES, MAX_METADATA_BYTES, MAX_RESPONSE_BYTES
from namesmith.v1 import models_pb2_grpc, names_pb2_grpc, server_pb2_grpc
from namesmith_server.app.settings import Settings
from namesmith_server.engine import Admission, Secret, background_threads
from namesmith_server.grpc import (
    DEFAULT_BUDGET,
    SERVICES,
    Blends,
    Catalog,
    CostLimits,
    Edge,
    ExcludedTexts,
    Guard,
    HealthService,
    ModelService,
    NameService,
    Observer,
    RunningCalls,
    ServerService,
    admit_all,
)

MAX_PENDING_CALLS = 16_384
"""Largest number of calls that wait for a handler; gRPC's own limit of 1,000 would reset some of
these calls by chance."""

WINDOW = 16 << 10
"""Number of bytes that a client may send before its message is received."""

MAX_CONNECTIONS = 10_000
"""Largest number of connections; an idle one costs some 18 KiB."""

MAX_CONCURRENT_CALLS = 256
"""Largest number of calls in progress on a connection; its client keeps the others back, so that
the calls of other connections do not arrive behind them."""

OPTIONS = (
    # gRPC would count calls that have ended until their memory is free, and reset calls that a
    # client makes within the limit: they fail as UNAVAILABLE.
    ("grpc.http.overload_protection", 0),
    ("grpc.max_concurrent_streams", MAX_CONCURRENT_CALLS),
    # A stream whose message nobody receives yet holds at most this much; a message that is being
    # received has a window of its own size. Without a probe the window stays as it is.
    ("grpc.http2.lookahead_bytes", WINDOW),
    ("grpc.http2.bdp_probe", 0),
    # gRPC's own decompression has no bound: grpc/edge decompresses.
    ("grpc.per_message_decompression", 0),
    ("grpc.max_metadata_size", MAX_METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
    ("grpc.server_handshake_timeout_ms", 20_000),
    ("grpc.max_connection_idle_ms", 5 * 60_000),
    ("grpc.max_allowed_incoming_connections", MAX_CONNECTIONS),
    ("grpc.server.max_pending_requests", MAX_PENDING_CALLS),
    ("grpc.server.max_pending_requests_hard_limit", MAX_PENDING_CALLS),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_RESPONSE_BYTES),
    ("grpc.keepalive_time_ms", 120_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
)
"""Channel arguments of the server."""


MAX_AGE = (1 << 31) - 1
"""Age of a connection in milliseconds, 25 days, that gRPC takes for no limit."""

NO_SECRETS: Mapping[str, Secret] = MappingProxyType({})


def build_server(  # noqa: PLR0913 - the parts of a server
    settings: Settings,
    catalog: Catalog,
    health: HealthService,
    calls: RunningCalls,
    requests: int = DEFAULT_BUDGET,
    *,
    guard: Guard = admit_all,
    secrets: Mapping[str, Secret] = NO_SECRETS,
    admission: Admission | None = None,
    observer: Observer | None = None,
    excludes: Sequence[str] = (),
) -> grpc.aio.Server:
    """Return the server with its services, before it listens.

    Args:
        settings: settings of the server.
        catalog: models that the services ask.
        health: service that reports the server's state.
        calls: calls in progress.
        requests: number of bytes of requests in flight, and of responses that are not read, >= 1.
        guard: check of who calls.
        secrets: secrets that calls refer to, by their names.
        admission: bound on the names in work; None: that of the settings.
        observer: watcher of every call; None: nobody watches.
        excludes: texts that stand in no name.
    """
    # Workers share the port; a second server on the same port is refused.
    reuse = ("grpc.so_reuseport", int(settings.workers > 1))
    server = grpc.aio.server(options=(*OPTIONS, reuse, _age_limit(settings.max_connection_age)))
    server.add_generic_rpc_handlers((calls,))  # the first, so that it sees every call
    cost_limits = CostLimits(settings.max_symbols)
    if admission is None:
        admission = Admission(settings.max_names, most_of_one=settings.max_caller_names)
    executor = background_threads(1, "edge")
    edge: Any = Edge(
        server, executor, requests, guard=guard, observer=observer, calls=calls
    )  # has of a server what generated code calls
    blends = Blends(catalog, admission)
    excluded = ExcludedTexts(excludes)
    names = NameService(catalog, blends, cost_limits, admission, executor, secrets, excluded)
    names_pb2_grpc.add_NameServiceServicer_to_server(names, edge)
    models_pb2_grpc.add_ModelServiceServicer_to_server(ModelService(catalog, blends), edge)
    own = ServerService(cost_limits, admission, excluded)
    server_pb2_grpc.add_ServerServiceServicer_to_server(own, edge)
    health_pb2_grpc.add_HealthServicer_to_server(health, edge)
    if settings.oip:
        from namesmith_server.grpc import oip  # noqa: PLC0415 - when it is asked for

        inference = oip.InferenceService(names, catalog, blends, health, admission, executor)
        oip.add_GRPCInferenceServiceServicer_to_server(inference, edge)
    if settings.reflection:
        _add_reflection(edge, [oip.SERVICE] if settings.oip else [])
    edge.refuse_unknown_methods()
    return server


def _age_limit(seconds: float) -> tuple[str, int]:
    """Return the channel argument that renews connections; 0 seconds: they are not renewed.

    Clients behind a balancer find new servers that way. gRPC spreads the age by a tenth. A running
    stream goes on: no max_connection_age_grace_ms is set, which would cut it.
    """
    milliseconds = max(1, round(seconds * 1000)) if seconds else MAX_AGE
    return "grpc.max_connection_age_ms", min(milliseconds, MAX_AGE)


def _add_reflection(edge: Any, others: Sequence[str]) -> None:  # noqa: ANN401 - has of a server what generated code calls
    """Add reflection of the server's own services, health and others."""
    from namesmith_server.app.transport.reflection import (  # noqa: PLC0415 - when it is asked for
        add_reflection,
    )

    health = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
    add_reflection(edge, (*SERVICES, *others, health))
