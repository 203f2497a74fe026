"""The address to listen on, held and looked at without gRPC, which does not say what is wrong."""

import re
import socket

from namesmith_server.app.errors import PortError

MAX_PORT = 65_535

ADDRESS = re.compile(r"(\[[^]]*\]|[^:\[\]]*):(?P<port>[0-9]+)")
"""A host and a port; an IPv6 address stands in brackets."""


def check(address: str) -> None:
    """Makes sure that it tells a port, in place of which gRPC would take another.

    Raises:
        PortError: it does not.
    """
    if address.startswith("unix:"):
        return
    told = ADDRESS.fullmatch(address)
    if told is None:
        raise PortError(f"address {address}: is not HOST:PORT")
    if int(told["port"]) > MAX_PORT:
        raise PortError(f"address {address}: port {told['port']} is not in [0, {MAX_PORT}]")


def reserve(address: str) -> socket.socket:
    """A bound socket that keeps the port for others that share it, without listening on it.

    Raises:
        PortError: the address cannot be bound, or another server has it; says why.
    """
    check(address)
    host, port = address.rsplit(":", 1)
    try:
        info = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(info[0], info[1]) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(info[4])  # without SO_REUSEPORT: another server's port is refused
            place = probe.getsockname()
        reserved = socket.socket(info[0], info[1])
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(place)
    except OSError as error:
        raise PortError(f"address {address}: {error.strerror or error}") from error
    except ValueError as error:  # of a path
        raise PortError(f"address {address}: is not HOST:PORT") from error
    return reserved
