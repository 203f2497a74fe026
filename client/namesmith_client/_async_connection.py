"""The channels of an asynchronous client, opened with its first call."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from weakref import WeakSet

import grpc

from namesmith_client._download import AsyncDownload
from namesmith_client._stubs import Stubs
from namesmith_client._target import Target


class AsyncConnection:
    """The channels of an asynchronous client, which belong to the event loop of their first use.

    Args:
        target: the servers, and the settings of the channels.
        interceptors: interceptors of all calls, the outermost first.
        channel: the channel to use, which is its owner's to close; None: channels of its own.

    Attributes:
        is_closed: whether no call can be made any more.
        downloads: the downloads that closing ends: ``close`` of gRPC 1.78 and before passes over
            calls that nobody awaits at the moment.
    """

    def __init__(
        self,
        target: Target,
        interceptors: Sequence[grpc.aio.ClientInterceptor],
        channel: grpc.aio.Channel | None,
    ) -> None:
        for one in interceptors:
            if not isinstance(one, grpc.aio.ClientInterceptor):
                raise TypeError(f"interceptors: {one!r} is no interceptor of a grpc.aio.Channel")
        if channel is not None and interceptors:
            raise ValueError("interceptors: a grpc.aio.Channel that is given has its own")
        self._target, self._interceptors, self._given = target, interceptors, channel
        self._own: list[grpc.aio.Channel] = []
        self.is_closed = False
        self.downloads: WeakSet[AsyncDownload[Any]] = WeakSet()

    @cached_property
    def stubs(self) -> Stubs:
        """The stubs on the channels."""
        if self._given is not None:
            return Stubs(self._given, self._given)
        # Health is asked of a server that is not ready, too: by a channel without health checks.
        checks = {self._target.has_health_checks: None, False: None}
        self._own += [self._open(has_health_checks=one) for one in checks]
        return Stubs(self._own[0], self._own[-1])

    @property
    def channel(self) -> grpc.aio.Channel:
        """The channel of the calls."""
        if self._given is not None:
            return self._given
        _ = self.stubs  # opens the channels
        return self._own[0]

    async def close(self) -> None:
        """End the calls in flight, and close the connection's own channels."""
        self.is_closed = True
        for download in self.downloads:
            download.cancel()
        for channel in self._own:
            await channel.close()

    def _open(self, *, has_health_checks: bool) -> grpc.aio.Channel:
        """Open a channel, which connects at its first call."""
        target = self._target
        settings: dict[str, Any] = {
            "options": target.options(has_health_checks=has_health_checks),
            "compression": target.compression,
            "interceptors": list(self._interceptors) or None,
        }
        if target.tls is None:
            return grpc.aio.insecure_channel(target.address, **settings)
        return grpc.aio.secure_channel(target.address, target.tls.credentials(), **settings)
