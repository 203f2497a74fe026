"""Addresses of servers, as callers write them and as gRPC reads them."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from namesmith.quoting import MAX_QUOTED, printable

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

DEFAULT_PORT = 50_051
"""Port of an address that has none."""

DNS = re.compile(r"(?P<scheme>dns:(?://[^/]*/)?)?(?P<place>.*)", re.DOTALL)
"""An address without a scheme, or with that of names in the DNS."""

OTHER_SCHEME = re.compile(r"(ipv4|ipv6|unix|unix-abstract|vsock|xds|google-c2p):")
"""Beginnings of the addresses that gRPC reads as they are."""

PLACE = re.compile(r"/?[^\s/,]+:[0-9]{1,5}", re.ASCII)
"""A host and a port; targets of the DNS may have a slash in front."""

UNIX = ("unix:", "unix-abstract:")
"""Beginnings of the addresses of sockets, which never leave the machine."""


def target_of(address: str | Sequence[str], port: int = DEFAULT_PORT) -> str:
    """Return the gRPC target of an address, or of several addresses.

    Args:
        address: host, host:port or any gRPC target, or a sequence of host:port whose hosts are IP
            addresses of one version, or ``localhost``.
        port: port of a host that is written without one.

    Raises:
        ValueError: the address is empty or a URL, or one of several is no IP address.
    """
    if not isinstance(address, str):
        return _several(address, port)
    if not address:
        raise ValueError("address: is empty, host:port is expected")
    if address.lower().startswith(("http://", "https://")):
        told = printable(address[:MAX_QUOTED])
        raise ValueError(
            f"address: {told} is a URL, host:port is expected: gRPC has no http://, and TLS, the"
            " https:// of gRPC, is an option of its own"
        )
    if address.startswith(("ipv4:", "ipv6:")) and "%" not in address:
        version, places = address[:5], address[5:].split(",")
        return version + ",".join(_with_port(place, port) for place in places)
    if OTHER_SCHEME.match(address):
        return address
    found = DNS.fullmatch(address)
    scheme, place = (found["scheme"] or "", found["place"]) if found else ("", address)
    return scheme + _with_port(place, port)


def hosts_of(target: str) -> list[str]:
    """Return the hosts of a gRPC target, without ports and brackets; none of a socket."""
    if target.startswith(UNIX):
        return []
    from urllib.parse import unquote  # noqa: PLC0415 - where a client is made, not where the package is imported

    places = unquote(re.sub(r"^(dns:(//[^/]*/)?|ipv[46]:)", "", target)).strip("/")
    return [_split(place)[0] for place in places.split(",")]


def is_local(target: str) -> bool:
    """Return whether a target never leaves this machine."""
    return all(map(_is_loopback, hosts_of(target)))


def is_one_place(target: str) -> bool:
    """Return whether a target is one socket, one IP address, or this machine."""
    hosts = hosts_of(target)
    return len(hosts) < 2 and all(host == "localhost" or _ip(host) for host in hosts)


def _several(addresses: Sequence[str], default: int) -> str:
    """Return the gRPC target of several addresses."""
    if not addresses:
        raise ValueError("address: no address, one at least is expected")
    places = []
    for address in addresses:
        host, port = _split(_with_port(address, default))
        found = _ip("127.0.0.1" if host == "localhost" else host)
        if found is None:
            raise ValueError(
                f"address: {printable(address[:MAX_QUOTED])} is one of several and no IP"
                " address; a name of the DNS alone can stand for several servers"
            )
        places.append((found.version, f"[{found}]" if found.version == 6 else f"{found}", port))
    versions = {version for version, _, _ in places}
    if len(versions) > 1:
        raise ValueError("address: IPv4 and IPv6 addresses together, one of both is expected")
    return f"ipv{versions.pop()}:" + ",".join(f"{host}:{port}" for _, host, port in places)


def _with_port(place: str, port: int) -> str:
    """Return host:port, with the default port where a place has none.

    Raises:
        ValueError: the host or the port is malformed.
    """
    found = _ip(place)
    if found is not None and found.version == 6:
        return f"[{place}]:{port}"
    whole = place if _split(place)[1] or place.endswith(":") else f"{place}:{port}"
    if PLACE.fullmatch(whole) is None or not 0 < int(_split(whole)[1]) < 1 << 16:
        told = printable(place[:MAX_QUOTED])
        raise ValueError(f"address: {told} is not host:port with a port in [1, 65535]")
    return whole


def _split(place: str) -> tuple[str, str]:
    """Return the host and the port of a place; the port is empty where there is none."""
    if place.endswith("]") or ":" not in place:
        return place.strip("[]"), ""
    host, _, port = place.rpartition(":")
    return host.strip("[]"), port


def _ip(host: str) -> "IPv4Address | IPv6Address | None":
    from ipaddress import ip_address  # noqa: PLC0415 - likewise

    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    found = _ip(host)
    return host == "localhost" if found is None else found.is_loopback
