"""The port and the connections of the server, as sockets of this process.

gRPC closes both when it stops, but not before it has told its clients CANCELLED for each call that
arrives in that moment; it offers no other way to send GOAWAY when the server chooses to. Closed as
sockets, a connection ends for its client as UNAVAILABLE, and every answer that was written is still
read.
"""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

DESCRIPTORS = Path("/proc/self/fd")
"""Folder of the descriptors of this process."""

FAMILIES = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX)
"""Kinds of sockets that a server can listen on."""

POLL = 0.01
"""Seconds between two looks at which connections are left."""


class Connections:
    """The connections at the ports on which this process listens."""

    def __init__(self) -> None:
        self._ports = {_port(one) for one in _sockets() if _listens(one)}

    def close_ports(self) -> None:
        """Refuse new connections."""
        for one in _sockets():
            if _listens(one):
                _shut(one, socket.SHUT_RDWR)

    async def close(self, seconds: float) -> None:
        """End each connection behind the bytes that were written, once its client has read them.

        Args:
            seconds: time that the clients have to close their ends.
        """
        left = self._end_writing()
        deadline = asyncio.get_running_loop().time() + seconds
        while left and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(POLL)
            left = self._end_writing()

    def _end_writing(self) -> int:
        """Tell every client that no byte follows; return the number of the connections."""
        count = 0
        for one in _sockets():
            if _port(one) in self._ports and not _listens(one):
                count += _shut(one, socket.SHUT_WR)
        return count


def _sockets() -> Iterator[socket.socket]:
    """Iterate over the sockets of this process; each is closed again when the next one comes."""
    with suppress(OSError):
        for descriptor in DESCRIPTORS.iterdir():
            with suppress(OSError), _opened(int(descriptor.name)) as one:
                if one.family in FAMILIES:
                    yield one


def _opened(descriptor: int) -> socket.socket:
    """Return another descriptor of a socket.

    Raises:
        OSError: the descriptor is closed, or is no socket.
    """
    again = os.dup(descriptor)
    try:
        return socket.socket(fileno=again)
    except OSError:
        os.close(again)
        raise


def _port(one: socket.socket) -> object:
    """Return the port or the path of a socket's own end; None: it has none."""
    name = one.getsockname()
    return (name[1] if isinstance(name, tuple) else name) or None


def _listens(one: socket.socket) -> bool:
    return bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _shut(one: socket.socket, how: int) -> bool:
    """Shut a socket down; return False where it is not connected any more."""
    try:
        one.shutdown(how)
    except OSError:
        return False
    return True
