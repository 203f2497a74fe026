"""Listening: the server on the address of the settings, with or without TLS."""

import logging
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

import grpc

from namesmith_server.app.errors import PortError
from namesmith_server.app.settings import Settings
from namesmith_server.app.transport.address import HostAndPort, SocketPath, parse_address
from namesmith_server.app.transport.certificates import Certificates, open_certificates
from namesmith_server.app.transport.port import bound_port, is_literal
from namesmith_server.app.transport.unix_socket import listen_on_socket

LOCALHOST = "localhost"
"""Name of this machine for itself."""

log = logging.getLogger(__name__)


def listen(
    server: grpc.aio.Server, settings: Settings, certificates: Certificates | None = None
) -> int:
    """Listen on the address, on every address of its host, and return the port.

    Args:
        server: server that listens.
        settings: settings with the address.
        certificates: certificates that are served; None: the ones that the settings name.

    Raises:
        PortError: the address cannot be listened on, or a TLS file cannot be served.
    """
    certificates = certificates or open_certificates(settings)
    asked = parse_address(settings.address)
    _warn_of_open_tokens(settings, asked)
    add_port = _adder(server, certificates)
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


def _adder(server: grpc.aio.Server, certificates: Certificates | None) -> Callable[[str], int]:
    """Return the function that makes the server listen on an address, with TLS where it is set."""
    if certificates is None:
        return server.add_insecure_port
    return lambda address: server.add_secure_port(address, certificates.credentials())


def _warn_of_open_tokens(settings: Settings, asked: HostAndPort | SocketPath) -> None:
    """Warn of tokens that cross a network unencrypted."""
    if settings.tokens_file is None or settings.tls_key is not None:
        return
    if isinstance(asked, HostAndPort) and not _is_loopback(asked.host):
        log.warning("tokens are sent without TLS", extra={"address": settings.address})


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == LOCALHOST
