"""The client for asyncio."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import grpc

from namesmith_client import operations
from namesmith_client.call import Call, as_method
from namesmith_client.channel import TLS, Stubs, Target, checked
from namesmith_client.errors import error_of, gone
from namesmith_client.results import GeneratedNames, Health
from namesmith_client.sending import Sending
from namesmith_client.streams import AsyncNameStream, AsyncResults, ended

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Made = TypeVar("Made")


def _operation(
    build: Callable[Parameters, Call[Result]],
    make: "Callable[[AsyncClient, Call[Result]], Awaitable[Made]]",
) -> "Callable[Concatenate[AsyncClient, Parameters], Awaitable[Made]]":
    """The method that makes the call that is built from its arguments; it is awaited."""

    async def method(
        self: "AsyncClient", /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Made:
        return await make(self, build(*args, **kwargs))

    return as_method(build, make, method)


def _stream(
    build: Callable[Parameters, Call[Result]], make: "Callable[[AsyncClient, Call[Result]], Made]"
) -> "Callable[Concatenate[AsyncClient, Parameters], Made]":
    """As ``_operation``; what it returns is awaited piece by piece."""

    def method(self: "AsyncClient", /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Made:
        return make(self, build(*args, **kwargs))

    return as_method(build, make, method)


class AsyncClient:
    """Calls a namesmith server from one event loop: that of its first call.

    Nothing is connected before the first call. A call is tried up to 5 times within about 1.5
    seconds while the server is unavailable, and never for another failure. Cancelling the task
    that awaits a call cancels the call on the server.

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
        self._target = Target(address, timeout, tls)
        self._closed = False

    async def _ask(self, call: Call[Result]) -> Result:
        """A message there, a message back."""
        seconds = self._target.deadline(call.timeout)
        with self._failures(seconds):
            return call.convert(await self._rpc(call)(call.request, timeout=seconds))

    def _read(self, call: Call[GeneratedNames]) -> AsyncNameStream:
        """A message there, a stream back."""
        return AsyncNameStream(self._results(call, checked(call.timeout)))

    async def _send(self, call: Call[Result]) -> Result:
        """A stream there, a message back."""
        seconds = checked(call.timeout)
        sending = Sending(self._rpc(call)(timeout=seconds))
        try:
            async for message in call.request:
                with self._failures(seconds):
                    if not await sending.send(message):  # refused, or too late
                        break
            with self._failures(seconds):
                return call.convert(await sending.answer())
        finally:
            sending.cancel()

    async def _wait(self, call: Call[Health]) -> None:
        """A message there, a stream back that is read until the server serves."""
        states = self._results(call, self._target.deadline(call.timeout), wait_for_ready=True)
        try:
            async for state in states:
                if state is Health.SERVING:
                    return
        finally:
            states.cancel()
        raise gone(self._target.address)

    generate = _operation(operations.generate, _ask)
    stream = _stream(operations.stream, _read)
    score = _operation(operations.score, _ask)
    evaluate = _operation(operations.evaluate, _ask)
    evaluate_names = _operation(operations.evaluate_names, _send)
    model = _operation(operations.model, _ask)
    models = _operation(operations.models, _ask)
    health = _operation(operations.health, _ask)
    wait_ready = _operation(operations.wait_ready, _wait)

    async def close(self) -> None:
        """Ends the calls in flight and the connection; a call after it is a RuntimeError."""
        self._closed = True
        if "_channel" in vars(self):
            await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _rpc(self, call: Call[Any]) -> Any:  # noqa: ANN401 - of any kind
        if self._closed:
            raise RuntimeError("the client is closed")
        return call.method(self._stubs)

    def _results(
        self, call: Call[Result], seconds: float | None, **options: bool
    ) -> AsyncResults[Result]:
        rpc = self._rpc(call)(call.request, timeout=seconds, **options)
        failed = partial(error_of, address=self._target.address, timeout=seconds)
        return AsyncResults(rpc, call.convert, failed)

    @contextmanager
    def _failures(self, seconds: float | None) -> Iterator[None]:
        try:
            yield
        except grpc.RpcError as error:
            raise error_of(error, self._target.address, seconds) from error
        except asyncio.CancelledError as error:
            raise ended(error) from None

    @cached_property
    def _channel(self) -> grpc.aio.Channel:
        """Belongs to the event loop that is running when it is first needed."""
        address, tls, options = self._target.address, self._target.tls, self._target.options
        if tls is None:
            return grpc.aio.insecure_channel(address, options)
        return grpc.aio.secure_channel(address, tls.credentials(), options)

    @cached_property
    def _stubs(self) -> Stubs:
        return Stubs(self._channel)
