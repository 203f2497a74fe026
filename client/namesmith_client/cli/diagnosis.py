"""The diagnosis of a failed call: whether client and server differ about TLS.

gRPC tells such a difference as a closed socket, or tries until the deadline.
"""

import re
import socket
import ssl

from namesmith_client import DeadlineExceededError, NamesmithError, UnavailableError

ADDRESS = re.compile(r"(?:dns:/*|ipv[46]:)?(?P<host>\[[^]]+\]|[^:/,\[\]]+):(?P<port>[0-9]{1,5})")
"""Addresses that can be asked: a host and a port."""

SECONDS = 2.0
"""Longest time that a server has to answer the question."""


def difference_about_tls(error: NamesmithError, address: str, *, has_tls: bool) -> str:
    """Return a message where a call failed because just one side speaks TLS; else empty.

    Args:
        error: failure of the call.
        address: address of the server.
        has_tls: whether the client speaks TLS.
    """
    if not isinstance(error, DeadlineExceededError | UnavailableError) or error.reason:
        return ""
    speaks = _speaks_tls(address)
    if speaks is None or speaks is has_tls:
        return ""
    if speaks:
        return f"{address} speaks TLS, and was called without: --tls or --tls-roots is missing"
    return f"{address} does not speak TLS, and was called with it"


def _speaks_tls(address: str) -> bool | None:
    """Return whether a server speaks TLS; None: it did not tell."""
    match = ADDRESS.fullmatch(address)
    if match is None:
        return None
    place = match["host"].strip("[]"), int(match["port"])
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # a question alone: nothing is sent
    context.set_alpn_protocols(["h2"])
    try:
        with (
            socket.create_connection(place, SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=place[0]),
        ):
            return True
    except ssl.SSLError as error:
        return False if error.reason == "WRONG_VERSION_NUMBER" else None
    except (OSError, ValueError):
        return None
