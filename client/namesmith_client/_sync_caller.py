"""The caller that makes calls and blocks until their responses come."""

import copy
import threading
from collections.abc import Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc

from namesmith_client._calls import Call, StreamCall, UnaryCall, UploadCall, WatchCall
from namesmith_client._download import Download
from namesmith_client._error_conversion import call_was_closed, error_of, server_went_away
from namesmith_client._health import Health
from namesmith_client._metadata import GivenMetadata
from namesmith_client._name_stream import NameStream
from namesmith_client._retry import Tries
from namesmith_client._stubs import Stubs
from namesmith_client._target import UNCHANGED, Target, Unchanged, checked_timeout
from namesmith_client._upload import Upload
from namesmith_client.errors import NamesmithError

Result = TypeVar("Result")

Interceptor = (
    grpc.UnaryUnaryClientInterceptor
    | grpc.UnaryStreamClientInterceptor
    | grpc.StreamUnaryClientInterceptor
    | grpc.StreamStreamClientInterceptor
)
"""An interceptor of the calls of a blocking client."""


class SyncCaller:
    """A connection to a server, with a method for each kind of call.

    Args:
        target: the servers, and the settings of the calls.
        interceptors: interceptors of all calls, the outermost first.
        channel: the channel to use, which is its owner's to close; None: a channel of its own.
    """

    def __init__(
        self,
        target: Target,
        interceptors: Sequence[Interceptor] = (),
        channel: grpc.Channel | None = None,
    ) -> None:
        for one in interceptors:
            if not isinstance(one, Interceptor):
                raise TypeError(f"interceptors: {one!r} is no interceptor of a grpc.Channel")
        self._target = target
        self._is_view = False
        self._closed = threading.Event()
        # Health is asked of a server that is not ready, too: by a channel without health checks.
        checks = {target.has_health_checks: None, False: None} if channel is None else {}
        self._own = [_open(target, has_health_checks=one) for one in checks]
        used = self._own if channel is None else [channel]
        channels = [grpc.intercept_channel(one, *interceptors) for one in used]
        self._channel = channels[0]
        self._stubs = Stubs(channels[0], channels[-1])

    @property
    def channel(self) -> grpc.Channel:
        """The channel of the calls, for services that the client has no methods for.

        What is called by it has the client's servers, TLS and interceptors, and neither its token
        nor its metadata, timeout and errors. The client closes it.

        Raises:
            RuntimeError: the client is closed.
        """
        if self._closed.is_set():
            raise RuntimeError("the client is closed")
        return self._channel

    @property
    def is_private(self) -> bool:
        """True if the client encrypts its calls, or they never leave this machine.

        Of a channel that the client was given, the encryption is unknown and does not count.
        """
        return self._target.is_private

    def close(self) -> None:
        """End the calls in flight and the connection; a later call raises RuntimeError.

        The views of ``with_options`` are closed too. A channel that the client was given stays
        open; closing a view closes nothing.
        """
        if not self._is_view:
            self._closed.set()
            for channel in self._own:
                channel.close()

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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def _unary(
        self, call: UnaryCall[Result], limit: float | None, metadata: GivenMetadata
    ) -> Result:
        """Send one message and return the converted response."""
        seconds = self._target.deadline(limit)
        sent = self._target.all_metadata(metadata)
        tries = Tries(self._target.retry if call.is_repeatable else None, seconds)
        while True:
            try:
                rpc = self._rpc(call)
                return call.convert(rpc(call.request, timeout=tries.remaining(), metadata=sent))
            except grpc.RpcError as error:
                self._pause(tries, error, seconds)

    def _server_stream(
        self, call: StreamCall, limit: float | None, metadata: GivenMetadata
    ) -> NameStream:
        """Send one message and return the stream of names that the server sends."""
        return NameStream(self._download(call, checked_timeout(limit), metadata))

    def _client_stream(
        self, call: UploadCall[Result], limit: float | None, metadata: GivenMetadata
    ) -> Result:
        """Send a stream of messages and return the converted response."""
        seconds = checked_timeout(limit)
        sent = self._target.all_metadata(metadata)
        tries = Tries(self._target.retry if call.is_repeatable else None, seconds)
        while True:
            upload = Upload(self._rpc(call), tries.remaining(), sent)
            try:
                for message in call.request:  # an error of the names themselves is not gRPC's
                    if not upload.send(message):  # refused, or the deadline is over
                        break
                try:
                    return call.convert(upload.answer())
                except grpc.RpcError as error:
                    self._pause(tries, error, seconds)
            finally:
                upload.cancel()

    def _until_serving(self, call: WatchCall, limit: float | None, metadata: GivenMetadata) -> None:
        """Send one message and read the server's states until it serves.

        Raises:
            UnavailableError: the states end before the server serves.
        """
        seconds = self._target.deadline(limit)
        states = self._download(call, seconds, metadata, wait_for_ready=True)
        try:
            if Health.SERVING not in states:
                raise server_went_away(self._target.address)
        finally:
            states.cancel()

    def _rpc(self, call: Call[Any]) -> Any:  # noqa: ANN401 - gRPC's, of any kind
        if self._closed.is_set():
            raise RuntimeError("the client is closed")
        return call.method(self._stubs)

    def _download(
        self,
        call: Call[Result],
        seconds: float | None,
        metadata: GivenMetadata,
        **options: bool,
    ) -> Download[Result]:
        rpc, sent = self._rpc(call), self._target.all_metadata(metadata)
        return Download(
            lambda request, left: rpc(request, timeout=left, metadata=sent, **options),
            call,
            partial(self._error, seconds=seconds),
            Tries(self._target.retry, seconds),
        )

    def _pause(self, tries: Tries, error: grpc.RpcError, seconds: float | None) -> None:
        """Wait until the next try of a call that has failed.

        Raises:
            NamesmithError: no other try follows.
        """
        failure = self._error(error, seconds)
        wait = tries.wait_after(failure)
        if wait is None:
            raise failure from error
        if self._closed.wait(wait):
            raise call_was_closed() from error

    def _error(self, error: grpc.RpcError, seconds: float | None) -> NamesmithError:
        return error_of(error, self._target.address, seconds)


def _open(target: Target, *, has_health_checks: bool) -> grpc.Channel:
    """Open a channel, which connects at its first call."""
    options = target.options(has_health_checks=has_health_checks)
    if target.tls is None:
        return grpc.insecure_channel(target.address, options, target.compression)
    credentials = target.tls.credentials()
    return grpc.secure_channel(target.address, credentials, options, target.compression)
