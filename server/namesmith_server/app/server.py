"""The gRPC server: its services, its transport options, its port."""

import asyncio
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from namesmith.v1 import models_pb2, models_pb2_grpc, names_pb2, names_pb2_grpc
from namesmith_server.app.address import check, reserve
from namesmith_server.app.errors import PortError
from namesmith_server.app.settings import Settings
from namesmith_server.engine.admission import Admission
from namesmith_server.service.boundary import MALFORMED, Context, Tolerant
from namesmith_server.service.catalog import Catalog
from namesmith_server.service.models import ModelService
from namesmith_server.service.names import NameService
from namesmith_server.service.requests import Limits

SERVICES = (
    names_pb2.DESCRIPTOR.services_by_name["NameService"].full_name,
    models_pb2.DESCRIPTOR.services_by_name["ModelService"].full_name,
)

PENDING = 16_384
"""Calls that may wait to be looked at."""

OPTIONS = (
    ("grpc.max_concurrent_streams", 1024),
    # Past 1,000 calls that a server has not looked at yet gRPC would reset some, by chance.
    ("grpc.server.max_pending_requests", PENDING),
    ("grpc.server.max_pending_requests_hard_limit", PENDING),
    ("grpc.max_receive_message_length", 8 << 20),
    ("grpc.max_send_message_length", 64 << 20),
    ("grpc.keepalive_time_ms", 120_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Connections are renewed, so that clients behind a balancer find new servers.
    # A stream that is still running is let run: there is no grace that cuts it.
    ("grpc.max_connection_age_ms", 30 * 60_000),
)


class Health(health.aio.HealthServicer):
    """The standard health service, NOT_SERVING until told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self._watching: set[asyncio.Future[None]] = set()

    async def report(self, *, serving: bool) -> None:
        """Reports the server as a whole and each service by its name."""
        states = health_pb2.HealthCheckResponse
        state = states.SERVING if serving else states.NOT_SERVING
        for service in ("", *SERVICES):
            await self.set(service, state)

    async def drain(self) -> None:
        """Reports NOT_SERVING, and ends the calls that watch, which would never end."""
        await self.report(serving=False)
        for watching in self._watching:
            watching.cancel()

    async def Check(  # noqa: N802 - gRPC's name
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> health_pb2.HealthCheckResponse:
        """Tells the state."""
        await _refuse_malformed(request, context)
        return await super().Check(request, context)

    async def Watch(  # noqa: N802 - gRPC's name
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> None:
        """Tells the state, and every change of it."""
        await _refuse_malformed(request, context)
        watching = asyncio.ensure_future(super().Watch(request, context))
        self._watching.add(watching)
        try:
            await watching
        except asyncio.CancelledError:
            if context.cancelled():
                raise
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the server is stopping")
        finally:
            self._watching.discard(watching)


async def _refuse_malformed(request: object, context: Context) -> None:
    if request is MALFORMED:
        await context.abort(
            grpc.StatusCode.INVALID_ARGUMENT, "request: is not a message of this call"
        )


def build(settings: Settings, catalog: Catalog, health: Health) -> grpc.aio.Server:
    """The server with its services, not yet listening."""
    # Workers share the port; a second server on it is refused.
    reuse = ("grpc.so_reuseport", int(settings.workers > 1))
    server = grpc.aio.server(options=(*OPTIONS, reuse))
    limits, admission = Limits(settings.max_symbols), Admission(settings.max_names)
    tolerant: Any = Tolerant(server)  # all of a server that generated code uses
    names = NameService(catalog, limits, admission)
    names_pb2_grpc.add_NameServiceServicer_to_server(names, tolerant)
    models_pb2_grpc.add_ModelServiceServicer_to_server(ModelService(catalog), tolerant)
    health_pb2_grpc.add_HealthServicer_to_server(health, tolerant)
    if settings.reflection:
        from grpc_reflection.v1alpha import reflection  # noqa: PLC0415 - when it is asked for

        services = (*SERVICES, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name)
        reflection.enable_server_reflection((*services, reflection.SERVICE_NAME), server)
    return server


def listen(server: grpc.aio.Server, settings: Settings) -> int:
    """Binds the address and returns the port.

    Raises:
        PortError: it cannot be bound, or the TLS files are none.
    """
    check(settings.address)
    try:
        if settings.tls_certificate is None or settings.tls_key is None:
            return server.add_insecure_port(settings.address)
        from namesmith_server.app.tls import pair  # noqa: PLC0415 - where TLS is served

        both = pair(settings.tls_key, settings.tls_certificate)
        return server.add_secure_port(settings.address, grpc.ssl_server_credentials([both]))
    except OSError as error:
        raise PortError(f"{error.filename}: {error.strerror}") from error
    except RuntimeError as error:
        reserve(settings.address).close()  # which says why
        raise PortError(f"address {settings.address}: cannot be listened on") from error
