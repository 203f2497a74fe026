"""The origins whose pages may call."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from namesmith_web.http import Headers, Scope, header

ASKED_FOR = (
    b"authorization, connect-protocol-version, connect-timeout-ms, content-type, grpc-timeout,"
    b" x-grpc-web, x-request-id, x-user-agent"
)
"""Headers that a page of another origin may send."""

SHOWN = b"grpc-message, grpc-status, grpc-status-details-bin, retry-after, x-request-id"
"""Headers that a page of another origin may read."""


class Origins:
    """The origins whose pages may call: the front's own, and given ones.

    Args:
        others: given origins, such as ``https://a.example``.
    """

    def __init__(self, others: frozenset[str]) -> None:
        self._others = others

    def admit(self, scope: Scope) -> bool:
        """Return whether a request comes from no page, or from one that may call.

        A form of any page can send a request that no preflight has asked about; browsers then tell
        its origin. A page is the front's own where its host is an address or localhost: any other
        name may have been led here by its owner (DNS rebinding), and has to be given.
        """
        origin = header(scope, b"origin")
        own = origin.partition("://")[2] == header(scope, b"host") != ""
        return not origin or (own and _is_address(origin)) or origin in self._others

    def headers(self, scope: Scope) -> Headers:
        """Return the headers by which a browser shows the response to a page of another origin."""
        origin = header(scope, b"origin")
        if origin not in self._others:
            return []
        return [
            (b"access-control-allow-origin", origin.encode()),
            (b"access-control-expose-headers", SHOWN),
            (b"vary", b"Origin"),
        ]

    def preflight_headers(self, scope: Scope) -> Headers:
        """Return the headers that answer a browser which asks before it calls."""
        return [
            *self.headers(scope),
            (b"access-control-allow-headers", ASKED_FOR),
            (b"access-control-allow-methods", b"POST"),
            (b"access-control-max-age", b"600"),
        ]


def _is_address(origin: str) -> bool:
    """Return whether an origin's host is an IP address or a name of the loopback."""
    try:
        host = urlsplit(origin).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or bool(ip_address(host))
    except ValueError:
        return False
