"""Name services that fail or wait as a test demands."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import HealthServicer
from grpc_status import rpc_status

from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import (
    EvaluateNamesRequest,
    EvaluateNamesResponse,
    GenerateNamesRequest,
    GenerateNamesResponse,
    StreamNamesRequest,
    StreamNamesResponse,
)


def status(code: grpc.StatusCode, message: str, *details: Message) -> grpc.Status:
    """Return a rich status, as a server sends it."""
    rich = Status(code=code.value[0], message=message)
    for detail in details:
        rich.details.add().Pack(detail)
    return rpc_status.to_status(rich)


class Fake(names_pb2_grpc.NameServiceServicer):
    """A name service that fails with each status in turn, then answers; it counts the tries.

    Attributes:
        failures: the statuses that are left.
        tries: number of calls.
        metadata: metadata of the last call.
    """

    def __init__(self, *failures: grpc.Status) -> None:
        self.failures = list(failures)
        self.tries = 0
        self.metadata: dict[str, str | bytes] = {}

    def GenerateNames(  # noqa: N802 - gRPC's name
        self, request: GenerateNamesRequest, context: grpc.ServicerContext
    ) -> GenerateNamesResponse:
        """Fail with the next status, or return one name where no status is left."""
        self._try(context)
        return GenerateNamesResponse(names=["anna"], seed=request.seed, model="fake", version=1)

    def StreamNames(  # noqa: N802 - gRPC's name
        self, request: StreamNamesRequest, context: grpc.ServicerContext
    ) -> Iterator[StreamNamesResponse]:
        """Fail with the next status, or yield one name where no status is left."""
        self._try(context)
        yield StreamNamesResponse(names=["anna"], seed=request.seed, model="fake", version=1)

    def EvaluateNames(  # noqa: N802 - gRPC's name
        self, requests: Iterator[EvaluateNamesRequest], context: grpc.ServicerContext
    ) -> EvaluateNamesResponse:
        """Fail with the next status, or count the names where no status is left."""
        self._try(context)
        names = sum(len(request.names) for request in requests)
        return EvaluateNamesResponse(names=names, model="fake", version=1)

    def _try(self, context: grpc.ServicerContext) -> None:
        self.tries += 1
        self.metadata = dict(context.invocation_metadata())
        if self.failures:
            context.abort_with_status(self.failures.pop(0))


class Stuck(names_pb2_grpc.NameServiceServicer):
    """A name service that answers only once released; events tell when a call comes and ends."""

    def __init__(self) -> None:
        self.called, self.ended, self.released = (threading.Event() for _ in range(3))

    def GenerateNames(  # noqa: N802 - gRPC's name
        self, _request: GenerateNamesRequest, context: grpc.ServicerContext
    ) -> GenerateNamesResponse:
        """Wait until released, for at most 30 seconds, then return no names."""
        self._wait(context)
        return GenerateNamesResponse()

    def StreamNames(  # noqa: N802 - gRPC's name
        self, _request: StreamNamesRequest, context: grpc.ServicerContext
    ) -> Iterator[StreamNamesResponse]:
        """Wait until released, for at most 30 seconds, then yield no names."""
        self._wait(context)
        yield StreamNamesResponse()

    def _wait(self, context: grpc.ServicerContext) -> None:
        context.add_callback(self.ended.set)
        self.called.set()
        self.released.wait(30)


@contextmanager
def serving(
    service: names_pb2_grpc.NameServiceServicer,
    address: str = "127.0.0.1:0",
    health: HealthServicer | None = None,
) -> Iterator[str]:
    """Run a server with a service in this process, and provide the server's address."""
    server = grpc.server(ThreadPoolExecutor(4))
    names_pb2_grpc.add_NameServiceServicer_to_server(service, server)
    if health is not None:
        health_pb2_grpc.add_HealthServicer_to_server(health, server)
    port = server.add_insecure_port(address)
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()
