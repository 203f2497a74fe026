"""The address to listen on, checked without gRPC, whose errors do not say what is wrong."""

import re
import socket

from namesmith_server.app.errors import PortError

MAX_PORT = 65_535

ADDRESS = re.compile(r"(\[[^]]*\]|[^:\[\]]*):(?P<port>[0-9]+)")
"""A host and a port; an IPv6 address stands in brackets."""


def check_address(address: str) -> None:
    """Check that an address has a port: without one gRPC would choose a port by itself.

    Raises:
        PortError: the address has no port, or its port is too large.
    """
    if address.startswith("unix:"):
        return
    match = ADDRESS.fullmatch(address)
    if match is None:
        raise PortError(f"address {address}: is not HOST:PORT")
    if int(match["port"]) > MAX_PORT:
        raise PortError(f"address {address}: port {match['port']} is not in [0, {MAX_PORT}]")


def bind_shared_port(address: str) -> socket.socket:
    """Return a bound socket that does not listen: it keeps the port for several workers.

    Raises:
        PortError: the address cannot be bound, for example because another server has bound it;
            the message says why.
    """
    check_address(address)
    host, port = address.rsplit(":", 1)
    try:
        info = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(info[0], info[1]) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(info[4])  # without SO_REUSEPORT: another server's port is refused
            free = probe.getsockname()
        shared = socket.socket(info[0], info[1])
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind(free)
    except OSError as error:
        raise PortError(f"address {address}: {error.strerror or error}") from error
    except ValueError as error:  # a path has no port
        raise PortError(f"address {address}: is not HOST:PORT") from error
    return shared
