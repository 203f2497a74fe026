"""The caller that makes calls and blocks until their responses come."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc

from namesmith_client._call import Call
from namesmith_client._channel import DEFAULT_TIMEOUT, TLS, Stubs, Target, checked_timeout
from namesmith_client._download import Download
from namesmith_client._error_conversion import error_of, server_went_away
from namesmith_client._generated_names import GeneratedNames
from namesmith_client._health import Health
from namesmith_client._name_stream import NameStream
from namesmith_client._token import Token, as_token
from namesmith_client._upload import Upload

Result = TypeVar("Result")


class SyncCaller:
    """A connection to a server, with a method for each kind of call."""

    def __init__(
        self,
        address: str,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        tls: TLS | None = None,
        token: Token | str | None = None,
    ) -> None:
        self._target = target = Target(address, timeout, tls, as_token(token))
        self._closed = False
        self._channel = (
            grpc.insecure_channel(address, target.options)
            if tls is None
            else grpc.secure_channel(address, tls.credentials(), target.options)
        )
        self._stubs = Stubs(self._channel)

    def close(self) -> None:
        """End the calls in flight and the connection; a later call raises RuntimeError."""
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

    def _unary(self, call: Call[Result]) -> Result:
        """Send one message and return the converted response."""
        seconds = self._target.deadline(call.timeout)
        with self._failures(seconds):
            return call.convert(
                self._rpc(call)(call.request, timeout=seconds, metadata=self._target.metadata)
            )

    def _server_stream(self, call: Call[GeneratedNames]) -> NameStream:
        """Send one message and return the stream of names that the server sends."""
        return NameStream(self._download(call, checked_timeout(call.timeout)))

    def _client_stream(self, call: Call[Result]) -> Result:
        """Send a stream of messages and return the converted response."""
        seconds = checked_timeout(call.timeout)
        upload = Upload(self._rpc(call), seconds, self._target.metadata)
        try:
            for message in call.request:
                if not upload.send(message):  # refused, or the deadline is over
                    break
            with self._failures(seconds):
                return call.convert(upload.answer())
        finally:
            upload.cancel()

    def _until_serving(self, call: Call[Health]) -> None:
        """Send one message and read the server's states until it serves.

        Raises:
            UnavailableError: the states end before the server serves.
        """
        states = self._download(call, self._target.deadline(call.timeout), wait_for_ready=True)
        try:
            if Health.SERVING not in states:
                raise server_went_away(self._target.address)
        finally:
            states.cancel()

    def _rpc(self, call: Call[Any]) -> Any:  # noqa: ANN401 - gRPC's, of any kind
        if self._closed:
            raise RuntimeError("the client is closed")
        return call.method(self._stubs)

    def _download(
        self, call: Call[Result], seconds: float | None, **options: bool
    ) -> Download[Result]:
        metadata = self._target.metadata
        rpc = self._rpc(call)(call.request, timeout=seconds, metadata=metadata, **options)
        to_error = partial(error_of, address=self._target.address, timeout=seconds)
        return Download(rpc, call.convert, to_error)

    @contextmanager
    def _failures(self, seconds: float | None) -> Iterator[None]:
        try:
            yield
        except grpc.RpcError as error:
            raise error_of(error, self._target.address, seconds) from error
