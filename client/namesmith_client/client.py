"""The client for code that waits."""

from collections.abc import Callable
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

import grpc
from grpc_health.v1 import health_pb2

from namesmith_client import operations
from namesmith_client.call import Call, as_method
from namesmith_client.channel import TLS, Stubs, Target
from namesmith_client.errors import UnavailableError, error_of
from namesmith_client.results import Health

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def _operation(
    build: Callable[Parameters, Call[Result]],
) -> "Callable[Concatenate[Client, Parameters], Result]":
    """The method that makes the call and waits for its result."""

    def method(self: "Client", /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        return self._make(build(*args, **kwargs))

    return as_method(build, method)


class Client:
    """Calls a namesmith server; safe to share between threads, not across a fork.

    Nothing is connected before the first call. A call is tried up to 5 times within about 1.5
    seconds while the server is unavailable, and never for another failure.

    Args:
        address: host:port, or any gRPC target.
        timeout: seconds a call may take unless it says otherwise, in (0, 1000000]; None: no
            limit.
        tls: how to check the server's certificate; None: no encryption.

    Raises:
        ValueError: the address is empty or the timeout is out of its range.
    """

    def __init__(
        self, address: str, *, timeout: float | None = 30.0, tls: TLS | None = None
    ) -> None:
        self._target = target = Target(address, timeout, tls)
        self._channel = (
            grpc.insecure_channel(address, target.options)
            if tls is None
            else grpc.secure_channel(address, tls.credentials(), target.options)
        )
        self._stubs = Stubs(self._channel)

    generate = _operation(operations.generate)
    score = _operation(operations.score)
    evaluate = _operation(operations.evaluate)
    model = _operation(operations.model)
    models = _operation(operations.models)
    health = _operation(operations.health)

    def wait_ready(self, *, timeout: float | None = None) -> None:
        """Waits until the server serves, also while nothing listens at its address yet.

        Args:
            timeout: seconds to wait; None: the client's.

        Raises:
            DeadlineExceededError: it does not serve in time.
            UnavailableError: it went away while it was waited for.
        """
        seconds = self._target.deadline(timeout)
        request = health_pb2.HealthCheckRequest()
        states = self._stubs.health.Watch(request, timeout=seconds, wait_for_ready=True)
        try:
            for state in states:
                if operations.health_of(state) is Health.SERVING:
                    return
        except grpc.RpcError as error:
            raise error_of(error, self._target.address, seconds) from error
        finally:
            states.cancel()
        raise UnavailableError(
            grpc.StatusCode.UNAVAILABLE, f"{self._target.address} ended before it served"
        )

    def close(self) -> None:
        """Ends the calls in flight and the connection."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def _make(self, call: Call[Result]) -> Result:
        seconds = self._target.deadline(call.timeout)
        try:
            response = call.method(self._stubs)(call.request, timeout=seconds)
        except grpc.RpcError as error:
            raise error_of(error, self._target.address, seconds) from error
        return call.convert(response)
