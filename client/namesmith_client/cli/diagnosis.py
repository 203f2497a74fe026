"""The diagnosis of a failed call: a difference about TLS, a certificate, a proxy.

gRPC tells such a cause as a closed socket, or tries until the deadline.
"""

import os
import re
import socket
import ssl

from namesmith_client import TLS, DeadlineExceededError, NamesmithError, UnavailableError
from namesmith_client._address import DEFAULT_PORT

ADDRESS = re.compile(r"(?:dns:/*|ipv[46]:)?(?P<host>\[[^]]+\]|[^:/,\[\]]+)(:(?P<port>[0-9]{1,5}))?")
"""Addresses that can be asked: a host, and a port unless it is the default one."""

SECONDS = 2.0
"""Longest time that a server has to answer the question."""

PROXIES = ("grpc_proxy", "https_proxy", "http_proxy")
"""Variables by which gRPC finds a proxy, the first that is set."""

EXCEPTIONS = ("no_grpc_proxy", "no_proxy")
"""Variables that list the hosts to which gRPC connects without a proxy, the first that is set."""


def diagnosis(error: NamesmithError, address: str, tls: TLS | None, hint: str = "") -> str:
    """Return the message about a failed call, with its cause where the cause can be found.

    Args:
        error: failure of the call.
        address: address of the server, as it was given.
        tls: TLS of the client.
        hint: words that follow the message about a server that cannot be reached.
    """
    if not isinstance(error, DeadlineExceededError | UnavailableError) or error.reason:
        return str(error)
    match = ADDRESS.fullmatch(address)
    place = match and (match["host"].strip("[]"), int(match["port"] or DEFAULT_PORT))
    found = place and _fault_of_tls(place, address, tls)
    if found:
        return found
    unreachable = isinstance(error, UnavailableError)
    return str(error) + (f"; {hint}" if hint and unreachable else "") + _proxy(place)


def _fault_of_tls(place: tuple[str, int], address: str, tls: TLS | None) -> str:
    """Return a message if just one side speaks TLS, or the certificate is refused; else empty."""
    speaks = _handshake(place, None)
    if speaks == "" and tls is None:
        return f"{address} speaks TLS, and was called without: --tls or --tls-roots is missing"
    if speaks == "WRONG_VERSION_NUMBER" and tls is not None:
        return f"{address} does not speak TLS, and was called with it"
    if speaks == "" and tls is not None:
        refusal = _handshake(place, tls)
        if refusal:
            return f"{address}: its certificate is refused: {refusal}"
    return ""


def _handshake(place: tuple[str, int], tls: TLS | None) -> str | None:
    """Return the fault of a TLS handshake, empty without a fault; None: the server did not tell.

    Without a TLS any certificate will do: it is a question alone, and nothing is sent.
    """
    roots = tls.root_certificates if tls else None
    context = ssl.create_default_context(cadata=roots.decode("ascii", "ignore") if roots else None)
    if tls is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    name = (tls and tls.server_name) or place[0]
    try:
        with (
            socket.create_connection(place, SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=name),
        ):
            return ""
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except ssl.SSLError as error:
        return None if tls else error.reason  # with TLS, of a client's certificate perhaps
    except (OSError, ValueError):
        return None


def _proxy(place: tuple[str, int] | None) -> str:
    """Return words about the proxy through which gRPC connects; empty where there is none.

    The proxy itself is not told: its URL may hold a password.
    """
    if place is None:
        return ""
    proxy = next((name for name in PROXIES if os.environ.get(name)), None)
    listed = next((os.environ[name] for name in EXCEPTIONS if os.environ.get(name)), "")
    if proxy is None or any(one and place[0].endswith(one) for one in listed.split(",")):
        return ""
    return f"; the variable {proxy} sends the call through a proxy, no_proxy={place[0]} does not"
