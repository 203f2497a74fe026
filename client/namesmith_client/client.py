"""The client for code that waits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from threading import Semaphore
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import grpc

from namesmith_client import operations
from namesmith_client.call import Call, as_method
from namesmith_client.channel import TLS, Stubs, Target, checked
from namesmith_client.errors import error_of, gone
from namesmith_client.results import GeneratedNames, Health
from namesmith_client.streams import NameStream, Results

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Made = TypeVar("Made")

AHEAD = 2
"""Messages of a call that may wait to be sent."""


def _operation(
    build: Callable[Parameters, Call[Result]], make: "Callable[[Client, Call[Result]], Made]"
) -> "Callable[Concatenate[Client, Parameters], Made]":
    """The method that makes the call that is built from its arguments."""

    def method(self: "Client", /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Made:
        return make(self, build(*args, **kwargs))

    return as_method(build, make, method)


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
        self._closed = False
        self._channel = (
            grpc.insecure_channel(address, target.options)
            if tls is None
            else grpc.secure_channel(address, tls.credentials(), target.options)
        )
        self._stubs = Stubs(self._channel)

    def _ask(self, call: Call[Result]) -> Result:
        """A message there, a message back."""
        seconds = self._target.deadline(call.timeout)
        with self._failures(seconds):
            return call.convert(self._rpc(call)(call.request, timeout=seconds))

    def _read(self, call: Call[GeneratedNames]) -> NameStream:
        """A message there, a stream back."""
        return NameStream(self._results(call, checked(call.timeout)))

    def _send(self, call: Call[Result]) -> Result:
        """A stream there, a message back.

        gRPC takes the messages in a thread of its own; they are made in the caller's, where
        what makes them may be at home.
        """
        seconds, rpc = checked(call.timeout), self._rpc(call)
        messages: SimpleQueue[Any] = SimpleQueue()
        room = Semaphore(AHEAD)

        def outgoing() -> Iterator[Any]:
            while (message := messages.get()) is not None:
                yield message
                room.release()

        future = rpc.future(outgoing(), timeout=seconds)
        future.add_done_callback(lambda _: room.release())
        try:
            for message in call.request:
                room.acquire()
                if future.done():  # refused, or too late
                    break
                messages.put(message)
            messages.put(None)
            with self._failures(seconds):
                return call.convert(future.result())
        finally:
            future.cancel()
            messages.put(None)

    def _wait(self, call: Call[Health]) -> None:
        """A message there, a stream back that is read until the server serves."""
        states = self._results(call, self._target.deadline(call.timeout), wait_for_ready=True)
        try:
            if Health.SERVING not in states:
                raise gone(self._target.address)
        finally:
            states.cancel()

    generate = _operation(operations.generate, _ask)
    stream = _operation(operations.stream, _read)
    score = _operation(operations.score, _ask)
    evaluate = _operation(operations.evaluate, _ask)
    evaluate_names = _operation(operations.evaluate_names, _send)
    model = _operation(operations.model, _ask)
    models = _operation(operations.models, _ask)
    health = _operation(operations.health, _ask)
    wait_ready = _operation(operations.wait_ready, _wait)

    def close(self) -> None:
        """Ends the calls in flight and the connection; a call after it is a RuntimeError."""
        self._closed = True
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

    def _rpc(self, call: Call[Any]) -> Any:  # noqa: ANN401 - of any kind
        if self._closed:
            raise RuntimeError("the client is closed")
        return call.method(self._stubs)

    def _results(
        self, call: Call[Result], seconds: float | None, **options: bool
    ) -> Results[Result]:
        rpc = self._rpc(call)(call.request, timeout=seconds, **options)
        failed = partial(error_of, address=self._target.address, timeout=seconds)
        return Results(rpc, call.convert, failed)

    @contextmanager
    def _failures(self, seconds: float | None) -> Iterator[None]:
        try:
            yield
        except grpc.RpcError as error:
            raise error_of(error, self._target.address, seconds) from error
