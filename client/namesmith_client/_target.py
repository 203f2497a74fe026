"""The settings with which a client reaches its servers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import grpc

from namesmith.limits import MAX_RESPONSE_BYTES
from namesmith_client._address import hosts_of, is_local, is_one_place, target_of
from namesmith_client._metadata import GivenMetadata, Metadata, as_metadata
from namesmith_client._retry import Retry
from namesmith_client._service_config import service_config
from namesmith_client._tls import TLS
from namesmith_client._token import AUTHORIZATION, Token, as_token, refuse_unencrypted

DEFAULT_TIMEOUT = 30.0
"""Seconds that a call may take where neither the call nor the client sets a timeout."""

MAX_TIMEOUT = 1_000_000
"""Longest timeout in seconds: a deadline that gRPC's clock cannot hold would count as past."""

ChannelOptions = Sequence[tuple[str, int | str]]
"""Settings of a gRPC channel, by the names of gRPC's channel arguments."""

CHANNEL_OPTIONS: ChannelOptions = (
    ("grpc.max_receive_message_length", MAX_RESPONSE_BYTES),
    # A server that was away is found soon after it is back.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # A peer that vanished silently is noticed while a call waits for it.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
)
"""The gRPC settings of every channel, which the caller's own settings override."""


class Unchanged:
    """The type of the value that stands for the client's own setting."""

    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED = Unchanged()
"""Value of an argument that leaves a setting unchanged."""


def checked_timeout(timeout: float | None) -> float | None:
    """Return a timeout in seconds unchanged if it is in range; None: no limit.

    Raises:
        ValueError: the timeout is not in (0, MAX_TIMEOUT].
    """
    if timeout is not None and not 0 < timeout <= MAX_TIMEOUT:
        raise ValueError(f"timeout: {timeout} is not in (0, {MAX_TIMEOUT}] seconds")
    return timeout


@dataclass(frozen=True)
class Target:
    """The servers of a client, and the settings of the calls to them.

    Attributes:
        address: the gRPC target.
        timeout: seconds that a call may take, in (0, MAX_TIMEOUT]; None: no limit.
        tls: how the server's certificate is checked; None: no encryption.
        metadata: metadata of every call.
        channel_options: the caller's own settings of the channel.
        compression: compression of requests; None: none.
        retry: how failed calls are tried again; None: never.
        may_show_secrets: whether tokens may be sent as the target says: encrypted, on this machine,
            by permission, or over a channel whose owner answers for it.
    """

    address: str
    timeout: float | None
    tls: TLS | None = None
    metadata: Metadata = ()
    channel_options: ChannelOptions = ()
    compression: grpc.Compression | None = None
    retry: Retry | None = None
    may_show_secrets: bool = False

    def deadline(self, timeout: float | None) -> float | None:
        """Return the timeout of a call in seconds: the target's timeout where ``timeout`` is None.

        Raises:
            ValueError: the timeout is not in (0, MAX_TIMEOUT].
        """
        return checked_timeout(self.timeout if timeout is None else timeout)

    def with_options(self, timeout: float | Unchanged | None, metadata: GivenMetadata) -> "Target":
        """Return the target with another timeout, and with more metadata.

        Raises:
            ValueError: the timeout is out of its range, or the metadata is malformed.
        """
        seconds = self.timeout if isinstance(timeout, Unchanged) else checked_timeout(timeout)
        return replace(self, timeout=seconds, metadata=self.metadata + self._added(metadata))

    def all_metadata(self, metadata: GivenMetadata) -> Metadata | None:
        """Return the metadata of a call that adds some of its own; None: there is none."""
        return (self.metadata + self._added(metadata) if metadata else self.metadata) or None

    def _added(self, given: GivenMetadata) -> Metadata:
        """Return metadata that is added to the target's, by the rule for tokens.

        Raises:
            ValueError: the metadata is malformed, or a token would leave this machine unencrypted.
        """
        found = as_metadata(given)
        if not self.may_show_secrets and any(key == AUTHORIZATION for key, _ in found):
            refuse_unencrypted(f"metadata: {AUTHORIZATION}", self.address)
        return found

    @property
    def is_private(self) -> bool:
        """True if what is sent is encrypted, or never leaves this machine."""
        return self.tls is not None or is_local(self.address)

    @property
    def has_health_checks(self) -> bool:
        """True if the target may stand for several servers, of which some may not be ready."""
        return not is_one_place(self.address)

    def options(self, *, has_health_checks: bool) -> list[tuple[str, int | str]]:
        """Return the gRPC settings of a channel to the target."""
        import json  # noqa: PLC0415 - where a channel is opened

        config = json.dumps(service_config(self.retry, has_health_checks=has_health_checks))
        found = dict(CHANNEL_OPTIONS) | {"grpc.service_config": config}
        if self.tls is not None and self.tls.server_name is not None:
            found["grpc.ssl_target_name_override"] = self.tls.server_name
        return list((found | dict(self.channel_options)).items())


def target(  # noqa: PLR0913 - the arguments of the clients
    address: str | Sequence[str],
    *,
    timeout: float | None,
    tls: TLS | None,
    token: Token | str | None,
    metadata: GivenMetadata,
    channel_options: ChannelOptions,
    compression: grpc.Compression | None,
    retry: Retry | None,
    has_own_channel: bool,
) -> Target:
    """Return the target that the arguments of a client describe, which ``Client`` documents.

    ``has_own_channel`` says whether the client opens its channel, and is not given one.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is out of its bounds; the message names the argument.
    """
    found, shown = target_of(address), as_token(token)
    _check_tls(found, tls)
    is_free = (
        tls is not None or not has_own_channel or (shown is not None and shown.send_unencrypted)
    )
    if shown is not None and not is_free:
        refuse_unencrypted("token", found)
    if not has_own_channel and (tls or channel_options or compression):
        raise ValueError("channel: goes without tls, channel_options and compression of its own")
    own = as_metadata(metadata)
    if shown is not None and any(key == AUTHORIZATION for key, _ in own):
        raise ValueError("metadata: authorization is the header of the token, which is given too")
    plain = Target(
        found,
        checked_timeout(timeout),
        tls,
        shown.metadata if shown else (),
        tuple(channel_options),
        compression,
        retry,
        is_free,
    )
    return plain.with_options(UNCHANGED, own)


def _check_tls(address: str, tls: TLS | None) -> None:
    """Refuse a value that is no TLS, and one that cannot say which name it expects."""
    if not isinstance(tls, TLS | None):
        raise TypeError(f"tls: {tls!r}, a TLS or None is expected")
    if tls is not None and tls.server_name is None and len(hosts_of(address)) > 1:
        raise ValueError("tls: several addresses need a server_name that all certificates hold")
