"""The settings with which the clients reach a server: address, deadline, TLS, token, stubs."""

import json
from dataclasses import dataclass, field
from typing import Any

import grpc
from grpc_health.v1 import health_pb2_grpc

from namesmith.limits import MAX_RESPONSE_BYTES
from namesmith.v1 import admin_pb2_grpc, models_pb2_grpc, names_pb2_grpc, server_pb2_grpc
from namesmith_client._service_config import SERVICE_CONFIG
from namesmith_client._token import Metadata, Token

DEFAULT_TIMEOUT = 30.0
"""Seconds that a call may take where neither the call nor the client sets a timeout."""

MAX_TIMEOUT = 1_000_000
"""Longest timeout in seconds: a deadline that gRPC's clock cannot hold would count as past."""

PEM = b"-----BEGIN CERTIFICATE-----"
"""The bytes with which a certificate begins in a PEM file."""

PEM_KEY = b"PRIVATE KEY-----"
"""Bytes in the first line of any private key in a PEM file."""

OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.max_receive_message_length", MAX_RESPONSE_BYTES),
    # A server that was away is found soon after it is back.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # A peer that vanished silently is noticed while a call waits for it.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
)
"""The gRPC settings of every channel."""


def checked_timeout(timeout: float | None) -> float | None:
    """Return a timeout in seconds unchanged if it is in range; None: no limit.

    Raises:
        ValueError: the timeout is not in (0, MAX_TIMEOUT].
    """
    if timeout is not None and not 0 < timeout <= MAX_TIMEOUT:
        raise ValueError(f"timeout: {timeout} is not in (0, {MAX_TIMEOUT}] seconds")
    return timeout


@dataclass(frozen=True)
class TLS:
    """The rules by which the server's certificate is checked, and the client's own certificate.

    Attributes:
        root_certificates: the bytes of a PEM file with the certificates of the trusted authorities;
            None: the authorities that gRPC trusts by default.
        server_name: host name that the certificate must hold; None: the host name in the address.
        certificate: the bytes of a PEM file with the client's certificate chain, which a server may
            ask for (mTLS); None: the client has none.
        private_key: the bytes of a PEM file with the key of ``certificate``; None if and only if
            ``certificate`` is None.

    Raises:
        TypeError: a certificate or the key is neither bytes nor None.
        ValueError: a certificate or the key is not in PEM form, or one of ``certificate`` and
            ``private_key`` is given without the other.
    """

    root_certificates: bytes | None = None
    server_name: str | None = None
    certificate: bytes | None = None
    private_key: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _check_pem("root_certificates", self.root_certificates, PEM, "certificate")
        _check_pem("certificate", self.certificate, PEM, "certificate")
        _check_pem("private_key", self.private_key, PEM_KEY, "private key")
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate: goes together with private_key")

    def credentials(self) -> grpc.ChannelCredentials:
        """Make the credentials with which gRPC opens a channel."""
        return grpc.ssl_channel_credentials(
            self.root_certificates, self.private_key, self.certificate
        )


def _check_pem(name: str, value: object, mark: bytes, noun: str) -> None:
    """Refuse a value of a TLS that is neither None nor the bytes of a PEM file."""
    if value is None:
        return
    if not isinstance(value, bytes):
        kind = type(value).__name__
        raise TypeError(f"{name}: {kind}, the bytes of a PEM file are expected")
    if mark not in value:
        raise ValueError(f"{name}: no PEM {noun} in the bytes")


@dataclass(frozen=True)
class Target:
    """A server, and the time that calls to it may take.

    Attributes:
        address: host:port, or any gRPC target.
        timeout: seconds that a call may take, in (0, MAX_TIMEOUT]; None: no limit.
        tls: how the server's certificate is checked; None: no encryption.
        token: token that every call shows; None: none.

    Raises:
        TypeError: ``tls`` is neither a TLS nor None.
        ValueError: the address is empty, the timeout is not in (0, MAX_TIMEOUT], or the token would
            leave this machine unencrypted.
    """

    address: str
    timeout: float | None
    tls: TLS | None
    token: Token | None = None

    def __post_init__(self) -> None:
        if not self.address:
            raise ValueError("address: is empty, host:port is expected")
        if not isinstance(self.tls, TLS | None):
            raise TypeError(f"tls: {self.tls!r}, a TLS or None is expected")
        if self.token is not None and self.tls is None:
            self.token.check_unencrypted(self.address)
        self.deadline(None)

    def deadline(self, timeout: float | None) -> float | None:
        """Return the timeout of a call in seconds: the target's timeout where ``timeout`` is None.

        Raises:
            ValueError: the timeout is not in (0, MAX_TIMEOUT].
        """
        return checked_timeout(self.timeout if timeout is None else timeout)

    @property
    def metadata(self) -> Metadata | None:
        """The metadata of every call; None: none."""
        return None if self.token is None else self.token.metadata

    @property
    def options(self) -> list[tuple[str, int | str]]:
        """The gRPC settings of a channel to the target."""
        if self.tls is None or self.tls.server_name is None:
            return list(OPTIONS)
        return [*OPTIONS, ("grpc.ssl_target_name_override", self.tls.server_name)]


class Stubs:
    """The stubs of the services, on a blocking or an asynchronous channel."""

    def __init__(self, channel: grpc.Channel | grpc.aio.Channel) -> None:
        self.names = names_pb2_grpc.NameServiceStub(channel)
        self.models = models_pb2_grpc.ModelServiceStub(channel)
        self.admin = admin_pb2_grpc.AdminServiceStub(channel)
        self.server = server_pb2_grpc.ServerServiceStub(channel)
        self.health: Any = health_pb2_grpc.HealthStub(channel)  # its type stub has no methods
