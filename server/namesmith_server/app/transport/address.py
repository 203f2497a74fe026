"""The address to listen on, checked without gRPC, whose errors do not say what is wrong."""

import re
from typing import NamedTuple
from urllib.parse import unquote

from namesmith_server.app.errors import PortError

MAX_PORT = 65_535

ADDRESS = re.compile(r"(?P<host>\[[^]]*\]|[^:\[\]/]*):(?P<port>[0-9]+)")
"""A host and a port; an IPv6 address stands in brackets."""

UNIX = "unix:"
"""Prefix of an address that is the path of a socket."""

ABSTRACT = "unix-abstract:"
"""Prefix of gRPC's addresses for sockets of Linux that have a name and no path."""


class HostAndPort(NamedTuple):
    """An address of TCP.

    Attributes:
        host: name or address, without brackets; empty: every address of the machine.
        port: port in [0, 65535]; 0: any free port.
    """

    host: str
    port: int


class SocketPath(NamedTuple):
    """An address that is the path of a socket."""

    path: str


def parse_address(address: str) -> HostAndPort | SocketPath:
    """Return the parts of an address; an address without a port would get one of gRPC's choice.

    Raises:
        PortError: the address is neither HOST:PORT nor unix:PATH, or its port is too large.
    """
    if address.startswith(UNIX):
        return SocketPath(_path(address))
    if address.startswith(ABSTRACT):
        raise PortError(
            f"address {address}: abstract sockets are not served, unix:PATH and HOST:PORT are"
        )
    match = ADDRESS.fullmatch(address)
    if match is None:
        raise PortError(f"address {address}: is not HOST:PORT or unix:PATH")
    if len(match["port"]) > len(str(MAX_PORT)) or int(match["port"]) > MAX_PORT:
        raise PortError(f"address {address}: port {match['port']} is not in [0, {MAX_PORT}]")
    return HostAndPort(match["host"].strip("[]"), int(match["port"]))


def _path(address: str) -> str:
    """Return the path in unix:PATH or unix://PATH, decoded as gRPC's clients decode it."""
    path = unquote(address.removeprefix(UNIX))
    if path.startswith("//"):
        path = path.removeprefix("//")
        if not path.startswith("/"):
            raise PortError(f"address {address}: the path behind unix:// is not absolute")
    if not path or path.endswith("/") or "\0" in path:
        raise PortError(f"address {address}: is not unix:PATH with the path of a socket")
    return path
