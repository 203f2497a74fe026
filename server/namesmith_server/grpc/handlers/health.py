"""The standard health service (grpc.health.v1), with an end to the calls that watch."""

import asyncio

import grpc
from grpc_health.v1 import health, health_pb2

from namesmith.v1 import models_pb2, names_pb2
from namesmith_server.grpc.cancellation import Context, error_of_cancellation

SERVICES = (
    names_pb2.DESCRIPTOR.services_by_name["NameService"].full_name,
    models_pb2.DESCRIPTOR.services_by_name["ModelService"].full_name,
)
"""Full names of the project's own services, whose health is reported."""


class HealthService(health.aio.HealthServicer):
    """Reports the state that ``report`` has set last, at the start gRPC's own default, SERVING."""

    def __init__(self) -> None:
        super().__init__()
        self._watching: set[asyncio.Future[None]] = set()

    async def report(self, *, serving: bool) -> None:
        """Set the state of the server as a whole, and of each of ``SERVICES``."""
        states = health_pb2.HealthCheckResponse
        state = states.SERVING if serving else states.NOT_SERVING
        for service in ("", *SERVICES):
            await self.set(service, state)

    async def drain(self) -> None:
        """Report NOT_SERVING, and end the Watch calls, which would never end by themselves."""
        await self.report(serving=False)
        for watching in self._watching:
            watching.cancel()

    async def Check(  # noqa: N802 - gRPC's name
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> health_pb2.HealthCheckResponse:
        """Answer with the state of a service."""
        return await super().Check(request, context)

    async def Watch(  # noqa: N802 - gRPC's name
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> None:
        """Stream the state of a service, at once and after every change."""
        watching = asyncio.ensure_future(super().Watch(request, context))
        self._watching.add(watching)
        try:
            await watching
        except asyncio.CancelledError as error:
            reason = error_of_cancellation(error, context)
            if reason is error:
                raise
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(reason))
        finally:
            self._watching.discard(watching)
