"""The standard health service (grpc.health.v1), with an end to the calls that watch."""

import asyncio
from collections.abc import Mapping
from typing import Any

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc

from namesmith.v1 import models_pb2, names_pb2, server_pb2
from namesmith_server.engine import Admission, shown
from namesmith_server.grpc.cancellation import (
    Call,
    Context,
    abort_stopping,
    error_of_cancellation,
)

SERVICES = (
    names_pb2.DESCRIPTOR.services_by_name["NameService"].full_name,
    models_pb2.DESCRIPTOR.services_by_name["ModelService"].full_name,
    server_pb2.DESCRIPTOR.services_by_name["ServerService"].full_name,
)
"""Full names of the project's own services, whose health is reported."""

HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
"""Full name of the health service itself, which is SERVING while it can say so, whatever the models
and the drain: for a probe that restarts a process that hangs."""

MAX_WATCHES = 4_096
"""Largest number of Watch calls in progress, each of some 21 KiB."""


class HealthService(health_pb2_grpc.HealthServicer):
    """Reports the state of the server, of its services and of each model by its name.

    The server serves once ``report`` has said so, and while a model of ``report_models`` does.

    A watcher that does not read holds up nobody else, which gRPC's own service does not promise.

    Attributes:
        watches: the Watch calls in progress, which end at ``end_watches`` alone.
    """

    def __init__(self) -> None:
        self._ending = self._is_serving = False
        self._models: Mapping[str, bool] = {}
        self._changed = asyncio.Event()
        self.watches: set[Call] = set()
        self._admission = Admission(MAX_WATCHES, "Watch calls")
        self.report(serving=False)

    def report(self, *, serving: bool) -> None:
        """Set whether the server answers calls at all."""
        self._is_serving = serving
        self._set_states()

    def report_models(self, models: Mapping[str, bool]) -> None:
        """Set the models, and whether each answers calls; a model that is left out is unknown."""
        self._models = models
        self._set_states()

    @property
    def models(self) -> Mapping[str, bool]:
        """The models that are known, and whether each answers calls."""
        return self._models

    def is_serving(self, service: str) -> bool:
        """Tell whether a service is known and SERVING."""
        return self._states.get(service) == health_pb2.HealthCheckResponse.SERVING

    def end_watches(self) -> None:
        """End the Watch calls, now and in future, once each has told the state of its service."""
        self._ending = True
        self._wake()

    async def Check(  # noqa: N802 - gRPC's name
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> health_pb2.HealthCheckResponse:
        """Answer with the state of a service."""
        if request.service == HEALTH:
            return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)
        if request.service not in self._states:
            told = f"service: {shown(request.service)} is unknown"
            await context.abort(grpc.StatusCode.NOT_FOUND, told)
        return health_pb2.HealthCheckResponse(status=self._states[request.service])

    async def List(  # noqa: N802 - gRPC's name
        self,
        request: object,  # noqa: ARG002 - it has no field
        context: Context,  # noqa: ARG002 - gRPC's interface
    ) -> Message:
        """Answer with the state of every service."""
        response: type[Any] = health_pb2.HealthListResponse  # type: ignore[attr-defined] # of 1.72
        states = self._states.items()
        answers = {of: health_pb2.HealthCheckResponse(status=state) for of, state in states}
        answer: Message = response(statuses=answers)
        return answer

    async def Watch(  # noqa: N802 - gRPC's name
        self, request: health_pb2.HealthCheckRequest, context: Context
    ) -> None:
        """Stream the state of a service, at once and after every change."""
        watch = asyncio.current_task()
        assert watch is not None  # noqa: S101 - gRPC runs a handler in a task
        self.watches.add(watch)
        try:
            with self._admission.admit(1, context.peer()):
                await self._tell_changes(request.service, context)
        except asyncio.CancelledError as error:
            if error_of_cancellation(error, context) is error:
                raise
        finally:
            self.watches.discard(watch)
        await abort_stopping(context)

    async def _tell_changes(self, service: str, context: Context) -> None:
        """Tell a watcher the state of a service until the Watch calls end."""
        told = None
        while True:
            changed = self._changed
            state = self._states.get(service, health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
            if state != told:
                await context.write(health_pb2.HealthCheckResponse(status=state))
                told = state
            elif self._ending:
                return
            else:
                await changed.wait()

    def _set_states(self) -> None:
        """Derive the state of the server as a whole, of each of ``SERVICES`` and of each model."""
        any_model = any(self._models.values())
        serving = {**dict.fromkeys(("", *SERVICES), any_model), **self._models}
        states = health_pb2.HealthCheckResponse
        self._states = {
            of: states.SERVING if is_well and self._is_serving else states.NOT_SERVING
            for of, is_well in serving.items()
        }
        self._wake()

    def _wake(self) -> None:
        """Have every watcher look at the state of its service."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
