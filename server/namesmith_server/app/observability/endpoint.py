"""The endpoint of the metrics: HTTP, for Prometheus, within bounds.

Whoever reaches it may be slow or send anything: a connection has a few seconds and 16 places are
shared by all, where a new connection takes the place of the oldest. A scrape of the last tenth of a
second is answered again.
"""

import errno
import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, cast

from namesmith_server.app.errors import PortError
from namesmith_server.app.observability.samples import Samples
from namesmith_server.app.transport import HostAndPort, bound_port, parse_address

PATH = "/metrics"

MOST_CONNECTIONS = 16
"""Largest number of connections; one more ends the oldest."""

SECONDS = 5.0
"""Seconds that a connection may stay silent."""

FRESH_SECONDS = 0.1
"""Seconds for which an answer is given again: many scrapers cost no more than one."""

SHORT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED)
"""Errors of a connection that could not be accepted now, behind which others can be."""

PAUSE = 0.1
"""Seconds before the next connection is accepted where the system is short of something."""

OPTION = "--metrics-address"
"""Option that gives the address."""

Read = Callable[[], Samples]

log = logging.getLogger(__name__)


def serve_metrics(address: str, read: Read) -> int:
    """Serve metrics until the process ends, and return the port.

    Args:
        address: HOST:PORT; port 0: any free port.
        read: function that returns the samples of the moment; threads of the endpoint call it.

    Raises:
        PortError: the address cannot be listened on.
    """
    _check(address)
    try:
        with bound_port(address, option=OPTION) as bound:
            sockets = [_listening(one) for one in bound.addresses]
    except OSError as error:
        raise PortError(f"{OPTION} {address}: {error.strerror}") from error
    endpoint = Endpoint(read)
    for one in sockets:
        threading.Thread(target=endpoint.accept, args=(one,), name="metrics", daemon=True).start()
    log.info("metrics", extra={"address": address, "port": bound.port})
    return bound.port


def _check(address: str) -> None:
    """Refuse the address of a socket with a path, which no scraper reads."""
    if not isinstance(parse_address(address, OPTION), HostAndPort):
        raise PortError(f"{OPTION} {address}: is not HOST:PORT")


def _listening(address: str) -> socket.socket:
    host, port = address.rsplit(":", 1)
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    dual = host == "[::]" and socket.has_dualstack_ipv6()
    return socket.create_server(
        (host.strip("[]"), int(port)), family=family, backlog=64, dualstack_ipv6=dual
    )


class Endpoint:
    """Answers the connections of scrapers, each in a thread."""

    def __init__(self, read: Read) -> None:
        """Set the function that returns the samples of the moment."""
        self._read = read
        self._connections: dict[socket.socket, None] = {}  # the oldest first
        self._lock = threading.Lock()  # of the connections
        self._turn = threading.Lock()  # of the answers
        self._answers: dict[str, tuple[float, bytes, str]] = {}

    def accept(self, listener: socket.socket) -> None:
        """Accept connections until the socket is closed."""
        while True:
            try:
                connection, peer = listener.accept()
                threading.Thread(target=self._serve, args=(connection, peer), daemon=True).start()
            except RuntimeError:  # no thread can be started
                connection.close()
            except OSError as error:
                if error.errno not in SHORT:
                    return
                time.sleep(PAUSE)

    def answer(self, accept: str) -> tuple[bytes, str]:
        """Return the metrics as text, and its content type."""
        # The import takes as long as a quarter of the server's start.
        from namesmith_server.app.observability.exposition import exposed  # noqa: PLC0415

        accept = "openmetrics" if "openmetrics" in accept else ""
        with self._turn:
            made, text, kind = self._answers.get(accept, (0.0, b"", ""))
            if time.monotonic() - made > FRESH_SECONDS:
                text, kind = exposed(self._read(), f"application/{accept}-text" if accept else "")
                self._answers[accept] = time.monotonic(), text, kind
        return text, kind

    def _serve(self, connection: socket.socket, peer: object) -> None:
        """Answer the only request of a connection."""
        self._make_room(connection)
        try:
            # A connection that is slow, or was ended for another, is nobody's concern.
            with suppress(OSError):
                _Handler(connection, peer, cast("Any", self))
        finally:
            with self._lock:
                self._connections.pop(connection, None)
                connection.close()

    def _make_room(self, connection: socket.socket) -> None:
        with self._lock:
            if len(self._connections) >= MOST_CONNECTIONS:
                oldest = next(iter(self._connections))
                del self._connections[oldest]
                with suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)
            self._connections[connection] = None


class _Handler(BaseHTTPRequestHandler):
    """The request of a connection, and its answer."""

    timeout = SECONDS
    server: Any
    server_version = "namesmith"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer with the metrics."""
        if self.path.partition("?")[0] != PATH:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        text, kind = self.server.answer(self.headers.get("Accept", ""))
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_HEAD = do_GET  # noqa: N815 - the base class's name

    def log_message(self, *_: object) -> None:
        """Log nothing: scrapes are no news."""
