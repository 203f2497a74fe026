"""An address beside the public one, for this machine's operators."""

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

from namesmith_server.app.errors import PortError
from namesmith_server.app.transport.address import SocketPath, parse_address
from namesmith_server.app.transport.port import bound_port, is_literal
from namesmith_server.app.transport.unix_socket import listen_on_socket

OPTION = "--admin-address"
"""Option that gives the address."""


def listen_privately(address: str, add_port: Callable[[str], int]) -> str:
    """Listen on an address, on every address of its host, and return it with its port.

    Args:
        address: HOST:PORT, with port 0 any free port, or unix:PATH of a socket that is its owner's
            alone.
        add_port: function that listens on an address of gRPC, and returns the port or raises
            RuntimeError.

    Raises:
        PortError: the address cannot be listened on.
    """
    asked = parse_address(address, OPTION)
    if isinstance(asked, SocketPath):
        listen_on_socket(Path(asked.path), add_port, OPTION, private=True)
        return address
    with bound_port(address, option=OPTION) as bound:
        addresses = bound.addresses
    host, _ = address.rsplit(":", 1)
    bound_address = f"{host}:{bound.port}"
    try:
        for one in [bound_address] if is_literal(asked.host) else addresses:
            add_port(one)
    except RuntimeError as error:
        raise PortError(f"{OPTION} {address}: cannot be listened on") from error
    return bound_address


def is_loopback(address: str) -> bool:
    """Tell whether only this machine reaches an address."""
    asked = parse_address(address, OPTION)
    if isinstance(asked, SocketPath):
        return True
    try:
        return ip_address(asked.host).is_loopback
    except ValueError:
        return asked.host == "localhost"
