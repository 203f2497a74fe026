"""How the clients reach a server: address, deadline, TLS, retries, stubs."""

import json
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health_pb2_grpc

from namesmith.v1 import models_pb2_grpc, names_pb2_grpc

MAX_TIMEOUT = 1_000_000
"""Seconds; gRPC takes a deadline beyond what its clock can hold for one in the past."""

PEM = b"-----BEGIN CERTIFICATE-----"

SERVICE_CONFIG = {
    "methodConfig": [
        {
            # Every call only reads, so that another try is safe. Not health's Check: whoever
            # asks for the state wants it now.
            "name": [
                {"service": "namesmith.v1.NameService"},
                {"service": "namesmith.v1.ModelService"},
                {"service": "grpc.health.v1.Health", "method": "Watch"},
            ],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}

OPTIONS: tuple[tuple[str, int | str], ...] = (
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.max_receive_message_length", 64 << 20),  # the most that the server sends
    # A server that was away is found soon after it is back.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    # A peer that vanished silently is noticed while a call waits for it.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
)


def checked(timeout: float | None) -> float | None:
    """The timeout, in seconds; None: no limit.

    Raises:
        ValueError: it is not in (0, MAX_TIMEOUT].
    """
    if timeout is not None and not 0 < timeout <= MAX_TIMEOUT:
        raise ValueError(f"timeout: {timeout} is not in (0, {MAX_TIMEOUT}] seconds")
    return timeout


@dataclass(frozen=True)
class TLS:
    """How the server's certificate is checked.

    Attributes:
        root_certificates: PEM of the authorities that are trusted, the bytes of a file; None:
            gRPC's own.
        server_name: the name that the certificate must hold, where it is not the address's.

    Raises:
        TypeError: ``root_certificates`` are no bytes.
        ValueError: there is no certificate in them.
    """

    root_certificates: bytes | None = None
    server_name: str | None = None

    def __post_init__(self) -> None:
        if self.root_certificates is None:
            return
        if not isinstance(self.root_certificates, bytes):
            kind = type(self.root_certificates).__name__
            raise TypeError(f"root_certificates: {kind}, the bytes of a PEM file are expected")
        if PEM not in self.root_certificates:
            raise ValueError("root_certificates: hold no PEM certificate")

    def credentials(self) -> grpc.ChannelCredentials:
        """What a channel is opened with."""
        return grpc.ssl_channel_credentials(self.root_certificates)


@dataclass(frozen=True)
class Target:
    """A server, and how long to wait for it.

    Attributes:
        address: host:port, or any gRPC target.
        timeout: seconds a call may take, in (0, MAX_TIMEOUT]; None: no limit.
        tls: None: no encryption.

    Raises:
        ValueError: the address is empty or the timeout is not in (0, MAX_TIMEOUT].
    """

    address: str
    timeout: float | None
    tls: TLS | None

    def __post_init__(self) -> None:
        if not self.address:
            raise ValueError("address: is empty, host:port is expected")
        if not isinstance(self.tls, TLS | None):
            raise TypeError(f"tls: {self.tls!r}, a TLS or None is expected")
        self.deadline(None)

    def deadline(self, timeout: float | None) -> float | None:
        """The seconds of a call that asks for ``timeout``; None: the target's own.

        Raises:
            ValueError: it is not in (0, MAX_TIMEOUT].
        """
        return checked(self.timeout if timeout is None else timeout)

    @property
    def options(self) -> list[tuple[str, int | str]]:
        """The channel's options."""
        if self.tls is None or self.tls.server_name is None:
            return list(OPTIONS)
        return [*OPTIONS, ("grpc.ssl_target_name_override", self.tls.server_name)]


class Stubs:
    """The services of a channel, of either kind."""

    def __init__(self, channel: grpc.Channel | grpc.aio.Channel) -> None:
        self.names = names_pb2_grpc.NameServiceStub(channel)
        self.models = models_pb2_grpc.ModelServiceStub(channel)
        self.health: Any = health_pb2_grpc.HealthStub(channel)  # its type stub has no methods
