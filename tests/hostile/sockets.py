"""Plain sockets: one that is connected, thousands that say nothing, one that says anything."""

import resource
import select
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

from hostile.frames import PREFACE, SETTINGS, frame

WAIT = 10.0
"""Bound of every wait, in seconds, where a caller sets no other."""


def connected(address: str, tls: ssl.SSLContext | None) -> socket.socket:
    """Return a socket that never blocks, connected to HOST:PORT or unix:PATH."""
    if address.startswith("unix:"):
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(WAIT)
        one.connect(address.removeprefix("unix:"))
    else:
        host, _, port = address.rpartition(":")
        one = socket.create_connection((host.strip("[]"), int(port)), timeout=WAIT)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls is not None:
        tls.set_alpn_protocols(["h2"])
        one = tls.wrap_socket(one, server_hostname=address.rpartition(":")[0])
    one.settimeout(0)
    return one


def awaited(one: socket.socket, event: int, seconds: float) -> bool:
    """Wait until a socket can be read or written; return whether it came within the time.

    Args:
        one: the socket; any number of descriptors may be open beside it.
        event: ``select.POLLIN`` or ``select.POLLOUT``.
        seconds: bound of the wait.
    """
    poll = select.poll()
    poll.register(one, event)
    return bool(poll.poll(seconds * 1000))


@contextmanager
def idle_connections(address: str, count: int) -> Iterator[list[socket.socket]]:
    """Provide so many connections that have shaken hands and say no more.

    Raises the limit of this process on descriptors as far as the system allows.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            one = connected(address, None)
            one.sendall(PREFACE + frame(SETTINGS))
            opened.append(one)
        yield opened
    finally:
        for one in opened:
            one.close()


def exchange(address: str, data: bytes, seconds: float = 1.0) -> bytes | None:
    """Write bytes to a new connection as they are, and return what the server answers.

    Reads until the server closes, or for ``seconds``; None: the server took no connection.
    """
    try:
        one = connected(address, None)
    except OSError:
        return None
    heard = bytearray()
    with one:
        one.settimeout(seconds)
        until = time.monotonic() + seconds
        try:
            one.sendall(data)
            while time.monotonic() < until and (part := one.recv(1 << 16)):
                heard += part
        except OSError:
            pass
    return bytes(heard)
