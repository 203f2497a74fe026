"""The address to listen on, checked without gRPC, whose errors do not say what is wrong."""

import re
from typing import NamedTuple
from urllib.parse import unquote

from namesmith_server.app.errors import PortError

MAX_PORT = 65_535

OPTION = "--address"
"""Option of the address that clients call, which a message about the address names."""

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


def parse_address(address: str, option: str = OPTION) -> HostAndPort | SocketPath:
    """Return the parts of an address; an address without a port would get one of gRPC's choice.

    Args:
        address: HOST:PORT or unix:PATH.
        option: option that gave the address, for the message of an error.

    Raises:
        PortError: the address is neither HOST:PORT nor unix:PATH, or its port is too large.
    """
    given = f"{option} {address}"
    if address.startswith(UNIX):
        return SocketPath(_path(address, given))
    if address.startswith(ABSTRACT):
        raise PortError(f"{given}: abstract sockets are not served, unix:PATH and HOST:PORT are")
    match = ADDRESS.fullmatch(address)
    if match is None and "/" in address and "://" not in address:
        raise PortError(f"{given}: the path of a socket is given as unix:PATH")
    if match is None:
        raise PortError(f"{given}: is not HOST:PORT or unix:PATH")
    if len(match["port"]) > len(str(MAX_PORT)) or int(match["port"]) > MAX_PORT:
        raise PortError(f"{given}: port {match['port']} is not in [0, {MAX_PORT}]")
    return HostAndPort(match["host"].strip("[]"), int(match["port"]))


def _path(address: str, given: str) -> str:
    """Return the path in unix:PATH or unix://PATH, decoded as gRPC's clients decode it."""
    path = unquote(address.removeprefix(UNIX))
    if path.startswith("//"):
        path = path.removeprefix("//")
        if not path.startswith("/"):
            raise PortError(f"{given}: the path behind unix:// is not absolute")
    if not path:
        raise PortError(f"{given}: no path of a socket stands behind unix:")
    if path.endswith("/"):
        raise PortError(f"{given}: is the path of a folder, not of a socket")
    if "\0" in path:
        raise PortError(f"{given}: the path holds a NUL character")
    return path
