"""The caller that makes calls and awaits their responses."""

import asyncio
import copy
from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc

from namesmith_client._async_connection import AsyncConnection
from namesmith_client._calls import Call, StreamCall, UnaryCall, UploadCall, WatchCall
from namesmith_client._download import AsyncDownload
from namesmith_client._error_conversion import cancellation_of, error_of, server_went_away
from namesmith_client._health import Health
from namesmith_client._metadata import GivenMetadata
from namesmith_client._name_stream import AsyncNameStream
from namesmith_client._retry import Tries
from namesmith_client._target import UNCHANGED, Target, Unchanged, checked_timeout
from namesmith_client._upload import AsyncUpload
from namesmith_client.errors import NamesmithError

Result = TypeVar("Result")


class AsyncCaller:
    """A connection to a server from one event loop, with a method for each kind of call."""

    def __init__(
        self,
        target: Target,
        interceptors: Sequence[grpc.aio.ClientInterceptor] = (),
        channel: grpc.aio.Channel | None = None,
    ) -> None:
        self._target = target
        self._connection = AsyncConnection(target, interceptors, channel)
        self._is_view = False

    @property
    def channel(self) -> grpc.aio.Channel:
        """The channel of the calls, for services that the client has no methods for.

        What is called by it has the client's servers, TLS and interceptors, and neither its token
        nor its metadata, timeout and errors. The client closes it.

        Raises:
            RuntimeError: the client is closed.
        """
        if self._connection.is_closed:
            raise RuntimeError("the client is closed")
        return self._connection.channel

    @property
    def is_private(self) -> bool:
        """True if the client encrypts its calls, or they never leave this machine.

        Of a channel that the client was given, the encryption is unknown and does not count.
        """
        return self._target.is_private

    async def close(self) -> None:
        """End the calls in flight and the connection; a later call raises RuntimeError.

        The views of ``with_options`` are closed too. A channel that the client was given stays
        open; closing a view closes nothing.
        """
        if not self._is_view:
            await self._connection.close()

    def with_options(
        self,
        *,
        timeout: float | Unchanged | None = UNCHANGED,
        metadata: GivenMetadata = (),
    ) -> Self:
        """Return a view of the client: another timeout, or more metadata, on the same connection.

        Args:
            timeout: seconds that a call may take unless the call sets a timeout, in (0, 1000000];
                None: no limit; left out: the client's.
            metadata: metadata that every call of the view adds to the client's.

        Raises:
            ValueError: the timeout is out of its range, or the metadata is malformed.
        """
        view = copy.copy(self)
        view._target = self._target.with_options(timeout, metadata)  # noqa: SLF001 - its own class
        view._is_view = True  # noqa: SLF001 - likewise
        return view

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _unary(
        self, call: UnaryCall[Result], limit: float | None, metadata: GivenMetadata
    ) -> Result:
        """Send one message and return the converted response."""
        seconds = self._target.deadline(limit)
        sent = self._target.all_metadata(metadata)
        tries = Tries(self._target.retry if call.is_repeatable else None, seconds)
        while True:
            try:
                rpc = self._rpc(call)
                return call.convert(
                    await rpc(call.request, timeout=tries.remaining(), metadata=sent)
                )
            except grpc.RpcError as error:
                await self._pause(tries, error, seconds)
            except asyncio.CancelledError as error:
                raise cancellation_of(error) from None

    def _server_stream(
        self, call: StreamCall, limit: float | None, metadata: GivenMetadata
    ) -> AsyncNameStream:
        """Send one message and return the stream of names that the server sends."""
        return AsyncNameStream(self._download(call, checked_timeout(limit), metadata))

    async def _client_stream(
        self, call: UploadCall[Result], limit: float | None, metadata: GivenMetadata
    ) -> Result:
        """Send a stream of messages and return the converted response."""
        seconds = checked_timeout(limit)
        sent = self._target.all_metadata(metadata)
        tries = Tries(self._target.retry if call.is_repeatable else None, seconds)
        while True:
            upload = AsyncUpload(self._rpc(call), tries.remaining(), sent)
            try:
                async for message in call.request:  # an error of the names themselves is not gRPC's
                    if not await upload.send(message):  # refused, or the deadline is over
                        break
                try:
                    return call.convert(await upload.answer())
                except grpc.RpcError as error:
                    await self._pause(tries, error, seconds)
                except asyncio.CancelledError as error:
                    raise cancellation_of(error) from None
            finally:
                upload.cancel()

    async def _until_serving(
        self, call: WatchCall, limit: float | None, metadata: GivenMetadata
    ) -> None:
        """Send one message and read the server's states until it serves.

        Raises:
            UnavailableError: the states end before the server serves.
        """
        seconds = self._target.deadline(limit)
        states = self._download(call, seconds, metadata, wait_for_ready=True)
        try:
            async for state in states:
                if state is Health.SERVING:
                    return
        finally:
            states.cancel()
        raise server_went_away(self._target.address)

    def _rpc(self, call: Call[Any]) -> Any:  # noqa: ANN401 - gRPC's, of any kind
        if self._connection.is_closed:
            raise RuntimeError("the client is closed")
        return call.method(self._connection.stubs)

    def _download(
        self,
        call: Call[Result],
        seconds: float | None,
        metadata: GivenMetadata,
        **options: bool,
    ) -> AsyncDownload[Result]:
        rpc, sent = self._rpc(call), self._target.all_metadata(metadata)
        download = AsyncDownload(
            lambda request, left: rpc(request, timeout=left, metadata=sent, **options),
            call,
            partial(self._error, seconds=seconds),
            Tries(self._target.retry, seconds),
        )
        self._connection.downloads.add(download)
        return download

    async def _pause(self, tries: Tries, error: grpc.RpcError, seconds: float | None) -> None:
        """Wait until the next try of a call that has failed.

        Raises:
            NamesmithError: no other try follows.
        """
        failure = self._error(error, seconds)
        wait = tries.wait_after(failure)
        if wait is None:
            raise failure from error
        await asyncio.sleep(wait)

    def _error(self, error: grpc.RpcError, seconds: float | None) -> NamesmithError:
        return error_of(error, self._target.address, seconds)
