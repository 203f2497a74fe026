"""The whole front: page, health and services; each answer with its headers, each call logged."""

import logging
import time
from collections.abc import Awaitable, Callable

from namesmith_web.gate import Gate
from namesmith_web.http import Application, Headers, Message, Receive, Scope, Send, refuse, respond
from namesmith_web.page import Page
from namesmith_web.services import PATHS

HEALTH = "/healthz"
"""Path that says whether the gRPC server serves."""

READ_ONLY = ("GET", "HEAD")
"""Methods of HTTP by which page and health are read."""

POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    b" img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The content security policy: the page runs its own files alone, and calls nobody else."""

GUARDS: Headers = [
    (b"content-security-policy", POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]
"""Headers of every answer."""

log = logging.getLogger(__name__)


class Front:
    """An ASGI application of page, health and services.

    Args:
        page: the page.
        gate: the way to the services.
        is_serving: awaited, whether the gRPC server serves.
    """

    def __init__(self, page: Page, gate: Gate, is_serving: Callable[[], Awaitable[bool]]) -> None:
        self._page, self._gate, self._is_serving = page, gate, is_serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and log its line; the path of a stranger stands in no line."""
        begun, status = time.monotonic(), 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *GUARDS]
            await send(message)

        try:
            await self._route(scope["path"], scope["method"])(scope, receive, send_guarded)
        finally:
            if scope["path"] in PATHS:
                seconds = round(time.monotonic() - begun, 6)
                facts = {"method": scope["path"][1:], "status": status, "seconds": seconds}
                log.info("call", extra=facts)

    def _route(self, path: str, method: str) -> Application:
        reads = path == HEALTH or self._page.has(path)
        if not reads:
            return self._gate
        if method not in READ_ONLY:
            return _refuse_method
        return self._health if path == HEALTH else self._page

    async def _health(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        serves = await self._is_serving()
        status, word = (200, b"SERVING") if serves else (503, b"NOT_SERVING")
        await respond(send, status, b'{"status": "%s"}\n' % word, "application/json")


async def _refuse_method(_scope: Scope, _receive: Receive, send: Send) -> None:
    allowed = [(b"allow", ", ".join(READ_ONLY).encode())]
    await refuse(send, 405, "unimplemented", "this path is read by GET", allowed)
