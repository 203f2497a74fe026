"""The caller that makes calls and awaits their responses."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc

from namesmith_client._call import Call
from namesmith_client._channel import DEFAULT_TIMEOUT, TLS, Stubs, Target, checked_timeout
from namesmith_client._download import AsyncDownload
from namesmith_client._error_conversion import cancellation_of, error_of, server_went_away
from namesmith_client._generated_names import GeneratedNames
from namesmith_client._health import Health
from namesmith_client._name_stream import AsyncNameStream
from namesmith_client._token import Token, as_token
from namesmith_client._upload import AsyncUpload

Result = TypeVar("Result")


class AsyncCaller:
    """A connection to a server from one event loop, with a method for each kind of call."""

    def __init__(
        self,
        address: str,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        tls: TLS | None = None,
        token: Token | str | None = None,
    ) -> None:
        self._target = Target(address, timeout, tls, as_token(token))
        self._closed = False

    async def close(self) -> None:
        """End the calls in flight and the connection; a later call raises RuntimeError."""
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

    async def _unary(self, call: Call[Result]) -> Result:
        """Send one message and return the converted response."""
        seconds = self._target.deadline(call.timeout)
        with self._failures(seconds):
            return call.convert(
                await self._rpc(call)(call.request, timeout=seconds, metadata=self._target.metadata)
            )

    def _server_stream(self, call: Call[GeneratedNames]) -> AsyncNameStream:
        """Send one message and return the stream of names that the server sends."""
        return AsyncNameStream(self._download(call, checked_timeout(call.timeout)))

    async def _client_stream(self, call: Call[Result]) -> Result:
        """Send a stream of messages and return the converted response."""
        seconds = checked_timeout(call.timeout)
        upload = AsyncUpload(self._rpc(call), seconds, self._target.metadata)
        try:
            async for message in call.request:
                with self._failures(seconds):
                    if not await upload.send(message):  # refused, or the deadline is over
                        break
            with self._failures(seconds):
                return call.convert(await upload.answer())
        finally:
            upload.cancel()

    async def _until_serving(self, call: Call[Health]) -> None:
        """Send one message and read the server's states until it serves.

        Raises:
            UnavailableError: the states end before the server serves.
        """
        states = self._download(call, self._target.deadline(call.timeout), wait_for_ready=True)
        try:
            async for state in states:
                if state is Health.SERVING:
                    return
        finally:
            states.cancel()
        raise server_went_away(self._target.address)

    def _rpc(self, call: Call[Any]) -> Any:  # noqa: ANN401 - gRPC's, of any kind
        if self._closed:
            raise RuntimeError("the client is closed")
        return call.method(self._stubs)

    def _download(
        self, call: Call[Result], seconds: float | None, **options: bool
    ) -> AsyncDownload[Result]:
        metadata = self._target.metadata
        rpc = self._rpc(call)(call.request, timeout=seconds, metadata=metadata, **options)
        to_error = partial(error_of, address=self._target.address, timeout=seconds)
        return AsyncDownload(rpc, call.convert, to_error)

    @contextmanager
    def _failures(self, seconds: float | None) -> Iterator[None]:
        try:
            yield
        except grpc.RpcError as error:
            raise error_of(error, self._target.address, seconds) from error
        except asyncio.CancelledError as error:
            raise cancellation_of(error) from None

    @cached_property
    def _channel(self) -> grpc.aio.Channel:
        """The channel, which belongs to the event loop that runs when the channel is first used."""
        address, tls, options = self._target.address, self._target.tls, self._target.options
        if tls is None:
            return grpc.aio.insecure_channel(address, options)
        return grpc.aio.secure_channel(address, tls.credentials(), options)

    @cached_property
    def _stubs(self) -> Stubs:
        return Stubs(self._channel)
