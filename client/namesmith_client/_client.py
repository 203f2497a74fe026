"""The two clients: the operations on a caller that blocks, and on a caller that awaits."""

from collections.abc import Sequence

import grpc

from namesmith_client._metadata import GivenMetadata
from namesmith_client._methods import AsyncMethods, Methods
from namesmith_client._retry import Retry
from namesmith_client._sync_caller import Interceptor
from namesmith_client._target import DEFAULT_TIMEOUT, ChannelOptions, target
from namesmith_client._tls import TLS
from namesmith_client._token import Token

RETRY = Retry()
"""The rules of other tries where the caller gives none."""


class Client(Methods):
    """A client of a namesmith server; threads may share it, forked processes may not.

    The client opens no connection before its first call. A call is tried up to 5 times within about
    5.1 seconds while the server is unavailable, and up to 5 times after the delays that an
    overloaded server tells, or a little later. ``evaluate_names`` is tried again with a collection
    of names, which can be sent again, and with no other iterable. No call is tried again after any
    other failure.

    Calls go to all servers of the address in turn. Where the address may stand for several servers,
    they go only to the ones that say of themselves that they serve.

    Args:
        address: host:port, or any gRPC target; a host alone has the port 50051. A sequence of
            IP-address:port stands for several servers.
        timeout: seconds that a call may take unless the call sets a timeout, in (0, 1000000]; None:
            no limit.
        tls: how the server's certificate is checked; None: no encryption.
        token: bearer token that every call shows, or a ``Token`` with its rules; None: none.
        metadata: metadata of every call, a mapping or pairs; a value is a string, or bytes where
            the key ends with -bin.
        interceptors: interceptors of grpc, the outermost first.
        channel_options: settings of gRPC's channel, which override the client's own.
        compression: compression of requests; None: none.
        retry: how a failed call is tried again; None: never.
        channel: channel to use instead of the client's own; its owner chose its TLS, its options
            and its service config, and closes it. None: one of its own.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is out of its bounds, or the token would leave this machine
            unencrypted; the message names the argument.
    """

    def __init__(  # noqa: PLR0913 - settings, by keyword
        self,
        address: str | Sequence[str],
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        tls: TLS | None = None,
        token: Token | str | None = None,
        metadata: GivenMetadata = (),
        interceptors: Sequence[Interceptor] = (),
        channel_options: ChannelOptions = (),
        compression: grpc.Compression | None = None,
        retry: Retry | None = RETRY,
        channel: grpc.Channel | None = None,
    ) -> None:
        found = target(
            address,
            timeout=timeout,
            tls=tls,
            token=token,
            metadata=metadata,
            channel_options=channel_options,
            compression=compression,
            retry=retry,
            has_own_channel=channel is None,
        )
        super().__init__(found, interceptors, channel)


class AsyncClient(AsyncMethods):
    """A client of a namesmith server on one event loop: the loop of its first call.

    Cancelling the task that awaits a call cancels the call on the server.

    The client opens no connection before its first call. A call is tried up to 5 times within about
    5.1 seconds while the server is unavailable, and up to 5 times after the delays that an
    overloaded server tells, or a little later. ``evaluate_names`` is tried again with a collection
    of names, which can be sent again, and with no other iterable. No call is tried again after any
    other failure.

    Calls go to all servers of the address in turn. Where the address may stand for several servers,
    they go only to the ones that say of themselves that they serve.

    Args:
        address: host:port, or any gRPC target; a host alone has the port 50051. A sequence of
            IP-address:port stands for several servers.
        timeout: seconds that a call may take unless the call sets a timeout, in (0, 1000000]; None:
            no limit.
        tls: how the server's certificate is checked; None: no encryption.
        token: bearer token that every call shows, or a ``Token`` with its rules; None: none.
        metadata: metadata of every call, a mapping or pairs; a value is a string, or bytes where
            the key ends with -bin.
        interceptors: interceptors of grpc.aio, the outermost first.
        channel_options: settings of gRPC's channel, which override the client's own.
        compression: compression of requests; None: none.
        retry: how a failed call is tried again; None: never.
        channel: channel to use instead of the client's own; its owner chose its TLS, its options
            and its service config, and closes it. None: one of its own.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is out of its bounds, or the token would leave this machine
            unencrypted; the message names the argument.
    """

    def __init__(  # noqa: PLR0913 - settings, by keyword
        self,
        address: str | Sequence[str],
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        tls: TLS | None = None,
        token: Token | str | None = None,
        metadata: GivenMetadata = (),
        interceptors: Sequence[grpc.aio.ClientInterceptor] = (),
        channel_options: ChannelOptions = (),
        compression: grpc.Compression | None = None,
        retry: Retry | None = RETRY,
        channel: grpc.aio.Channel | None = None,
    ) -> None:
        found = target(
            address,
            timeout=timeout,
            tls=tls,
            token=token,
            metadata=metadata,
            channel_options=channel_options,
            compression=compression,
            retry=retry,
            has_own_channel=channel is None,
        )
        super().__init__(found, interceptors, channel)
