"""A port of TCP on every address of its host, or on none.

gRPC is content when one address of a host can be listened on: beside a server on 127.0.0.1 it would
serve localhost on ::1 alone, and say nothing. So every address is bound here first.
"""

import errno
import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from typing import NamedTuple

from namesmith_server.app.errors import PortError
from namesmith_server.app.transport.address import OPTION, HostAndPort, SocketPath, parse_address

TRIES = 64
"""Number of free ports that are tried, until one is free on every address of the host."""

ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""Errors of an address that the machine does not have, such as ::1 where IPv6 is switched off."""

EVERYWHERE = "::"
"""Host that stands for every address of the machine, of IPv4 too."""

log = logging.getLogger(__name__)


class Place(NamedTuple):
    """An address of a host, as sockets take it."""

    family: socket.AddressFamily
    host: str
    scope: int

    def bound(self, port: int, *, shared: bool) -> socket.socket:
        """Return a socket that is bound to a port and does not listen.

        Raises:
            OSError: the place cannot be bound.
        """
        bound = socket.socket(self.family, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
            if self.family is socket.AF_INET:
                bound.bind((self.host, port))
            else:
                if self.host == EVERYWHERE:
                    bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                bound.bind((self.host, port, 0, self.scope))
        except OSError:
            bound.close()
            raise
        return bound

    def text(self, port: int) -> str:
        """Return the place with a port as gRPC reads it."""
        return f"[{self.host}]:{port}" if self.family is socket.AF_INET6 else f"{self.host}:{port}"


class BoundPort(NamedTuple):
    """A port that is bound.

    Attributes:
        port: the port.
        addresses: each bound address as HOST:PORT, the host in digits.
        absent: addresses of the host that the machine does not have.
    """

    port: int
    addresses: Sequence[str]
    absent: Sequence[str]


@contextmanager
def shared_port(address: str) -> Iterator[int]:
    """Hold a port for several workers, and provide the port.

    Raises:
        PortError: the address cannot be bound, for example because another server has bound it;
            the message says why.
    """
    if isinstance(parse_address(address), SocketPath):
        raise PortError(f"{OPTION} {address}: one worker serves a socket, several need HOST:PORT")
    with bound_port(address) as free:  # without SO_REUSEPORT: another server's port is refused
        port = free.port
    host, _ = address.rsplit(":", 1)
    with bound_port(f"{host}:{port}", shared=True):
        yield port


@contextmanager
def bound_port(address: str, *, shared: bool = False, option: str = OPTION) -> Iterator[BoundPort]:
    """Bind a port on every address of a host, until the end of the block; nothing listens yet.

    Args:
        address: HOST:PORT; with port 0, a port that is free on every address.
        shared: whether other sockets of the same kind may have the port too (SO_REUSEPORT).
        option: option that gave the address, for the message of an error.

    Raises:
        PortError: the host is unknown, or one of its addresses cannot be bound.
    """
    asked, given = parse_address(address, option), f"{option} {address}"
    assert isinstance(asked, HostAndPort)  # noqa: S101 - the caller has looked
    places = _places(given, asked.host)
    for left in reversed(range(TRIES)):
        with ExitStack() as stack:
            try:
                bound = _bind(given, places, asked.port, stack, shared=shared)
            except PortError:
                if asked.port or len(places) == 1 or not left:
                    raise
                continue
            if bound.absent:
                log.warning("address absent", extra={"address": address, "absent": bound.absent})
            yield bound
            return


def _places(given: str, host: str) -> list[Place]:
    """Return the addresses of a host, at least one."""
    host = host or EVERYWHERE
    try:
        infos = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "is not the name of a host"
        raise PortError(f"{given}: {reason}") from error
    places = [
        Place(family, str(place[0]), int(place[3]) if len(place) > 3 else 0)
        for family, _, _, _, place in infos
        if family in {socket.AF_INET, socket.AF_INET6}
    ]
    if [one.host for one in places] == [EVERYWHERE] and not _has_ipv6():
        return [Place(socket.AF_INET, "0.0.0.0", 0)]  # noqa: S104 - the operator's choice
    return list(dict.fromkeys(places))


def _has_ipv6() -> bool:
    try:
        Place(socket.AF_INET6, EVERYWHERE, 0).bound(0, shared=False).close()
    except OSError:
        return False
    return True


def _bind(
    given: str, places: Sequence[Place], port: int, stack: ExitStack, *, shared: bool
) -> BoundPort:
    """Bind one port in every place that the machine has, one at least, until the stack ends."""
    bound: list[str] = []
    absent: list[str] = []
    for place in places:
        try:
            one = stack.enter_context(place.bound(port, shared=shared))
        except OSError as error:
            if error.errno in ABSENT and len(absent) < len(places) - 1:
                absent.append(place.host)
                continue
            where = "" if len(places) == 1 else f" ({place.host})"
            raise PortError(f"{given}: {error.strerror or error}{where}") from error
        port = one.getsockname()[1]
        bound.append(place.text(port))
    return BoundPort(port, bound, absent)


def is_literal(host: str) -> bool:
    """Tell whether a host is an address in digits, or every address of the machine."""
    try:
        ip_address(host or EVERYWHERE)
    except ValueError:
        return False
    return True
