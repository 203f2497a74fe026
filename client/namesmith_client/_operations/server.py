"""The server itself: its bounds, and its state."""

from dataclasses import dataclass

from grpc_health.v1 import health_pb2

from namesmith.v1 import server_pb2
from namesmith_client._calls import UnaryCall, WatchCall
from namesmith_client._health import Health
from namesmith_client._messages import build

__all__ = ["Health", "Server"]


@dataclass(frozen=True, slots=True)
class Server:
    """A server, and the bounds of the calls that it answers.

    Attributes:
        version: version of namesmith that the server runs, such as "0.2.0".
        max_symbols: largest product of count and max_length of a call that is no stream.
        max_names: number of names that all calls together may have in work.
        max_message_bytes: bytes of the largest request, decompressed.
        excludes_sha256: SHA-256 of the texts that the server excludes from every name, hexadecimal;
            empty: there are none. Names depend on these texts.
    """

    version: str
    max_symbols: int
    max_names: int
    max_message_bytes: int
    excludes_sha256: str = ""


def server() -> UnaryCall[Server]:
    """Describe the server: its version, its bounds, and the hash of its excluded texts.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    return UnaryCall(
        lambda stubs: stubs.server.GetServer,
        server_pb2.GetServerRequest(),
        lambda response: Server(
            response.version,
            response.max_symbols,
            response.max_names,
            response.max_message_bytes,
            response.excludes_sha256,
        ),
    )


def health(*, service: str = "") -> UnaryCall[Health]:
    """Return the server's state; the call is not tried again after a failure.

    Args:
        service: name of a model, or full name of a gRPC service; empty: the server as a
            whole.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    request = build(health_pb2.HealthCheckRequest, service=service)
    return UnaryCall(lambda stubs: stubs.health.Check, request, _health, is_repeatable=False)


def wait_ready() -> WatchCall:
    """Wait until the server serves, even if no server listens at the address yet.

    Raises:
        DeadlineExceededError: the server does not serve in time.
        UnavailableError: the server ended before it served.
    """
    request = health_pb2.HealthCheckRequest()
    return WatchCall(lambda stubs: stubs.health.Watch, request, _health)


def _health(response: health_pb2.HealthCheckResponse) -> Health:
    return {
        health_pb2.HealthCheckResponse.SERVING: Health.SERVING,
        health_pb2.HealthCheckResponse.NOT_SERVING: Health.NOT_SERVING,
    }.get(response.status, Health.UNKNOWN)
