"""The endpoint of the metrics: HTTP, for Prometheus, within bounds.

Whoever reaches it may be slow or send anything: a connection has a few seconds and a few kilobytes,
and 16 places are shared by all, where a new connection takes the place of the oldest. A scrape of
the last tenth of a second is answered again.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from namesmith_server.app.errors import PortError
from namesmith_server.app.observability.request import Request, read_request
from namesmith_server.app.observability.samples import Samples
from namesmith_server.app.transport import HostAndPort, bound_port, parse_address

MOST_CONNECTIONS = 16
"""Largest number of connections; one more ends the oldest."""

SECONDS = 5.0
"""Seconds in which a request must arrive, and seconds in which its answer must be taken."""

FRESH_SECONDS = 0.1
"""Seconds for which an answer is given again: many scrapers cost no more than one."""

PAUSE = 0.1
"""Seconds before the next connection is accepted where one could not be: the system may be short of
descriptors."""

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
                connection, _ = listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
            except RuntimeError:  # no thread can be started
                connection.close()
            except OSError:  # whatever befell this connection, others come behind it
                if listener.fileno() < 0:
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

    def _serve(self, connection: socket.socket) -> None:
        """Answer the only request of a connection."""
        self._make_room(connection)
        try:
            # A connection that is slow, or was ended for another, is nobody's concern.
            with suppress(OSError):
                request = read_request(connection, SECONDS)
                connection.settimeout(SECONDS)
                self._respond(connection, request)
        finally:
            with self._lock:
                self._connections.pop(connection, None)
                connection.close()

    def _respond(self, connection: socket.socket, request: Request | HTTPStatus) -> None:
        """Send the metrics, or the status that refuses a request."""
        if isinstance(request, HTTPStatus):
            connection.sendall(_head(request, "text/plain", 0))
            return
        text, kind = self.answer(request.accept)
        connection.sendall(_head(HTTPStatus.OK, kind, len(text)))
        if request.with_body:
            connection.sendall(text)

    def _make_room(self, connection: socket.socket) -> None:
        with self._lock:
            if len(self._connections) >= MOST_CONNECTIONS:
                oldest = next(iter(self._connections))
                del self._connections[oldest]
                with suppress(OSError):
                    oldest.shutdown(socket.SHUT_RDWR)
            self._connections[connection] = None


def _head(status: HTTPStatus, kind: str, length: int) -> bytes:
    """Return the status line and the headers of an answer."""
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    ).encode()
