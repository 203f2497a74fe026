"""Listening: the server on the address of the settings, with or without TLS."""

from collections.abc import Callable, Sequence
from pathlib import Path

import grpc

from namesmith_server.app.errors import PortError
from namesmith_server.app.settings import Settings
from namesmith_server.app.transport.address import SocketPath, parse_address
from namesmith_server.app.transport.port import bound_port, is_literal
from namesmith_server.app.transport.unix_socket import listen_on_socket


def listen(server: grpc.aio.Server, settings: Settings) -> int:
    """Listen on the address, on every address of its host, and return the port.

    Raises:
        PortError: the address cannot be listened on, or a TLS file is missing, is not a PEM
            certificate or key, or no client would accept it.
    """
    asked = parse_address(settings.address)
    add_port = _adder(server, settings)
    if isinstance(asked, SocketPath):
        return listen_on_socket(Path(asked.path), add_port)
    if not asked.port and is_literal(asked.host):  # gRPC chooses the port
        return _listen(settings, [settings.address], add_port)
    with bound_port(settings.address, shared=settings.workers > 1) as bound:
        addresses = bound.addresses
    return _listen(settings, [settings.address] if is_literal(asked.host) else addresses, add_port)


def _listen(settings: Settings, addresses: Sequence[str], add_port: Callable[[str], int]) -> int:
    """Listen on addresses of one port, and return the port."""
    try:
        ports = [add_port(address) for address in addresses]
    except RuntimeError as error:
        with bound_port(settings.address, shared=settings.workers > 1):  # raises and says why
            raise PortError(f"--address {settings.address}: cannot be listened on") from error
    return ports[0]


def _adder(server: grpc.aio.Server, settings: Settings) -> Callable[[str], int]:
    """Return the function that makes the server listen on an address, with TLS where it is set."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return server.add_insecure_port
    from namesmith_server.app.transport.tls import (  # noqa: PLC0415 - where TLS is served
        load_key_pair,
    )

    try:
        key_pair = load_key_pair(settings.tls_key, settings.tls_certificate)
    except OSError as error:
        raise PortError(f"{error.filename}: {error.strerror}") from error
    credentials = grpc.ssl_server_credentials([key_pair])
    return lambda address: server.add_secure_port(address, credentials)
