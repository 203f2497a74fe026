"""The few words of ASGI and HTTP that the front needs."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

Headers = list[tuple[bytes, bytes]]


def header(scope: Scope, name: bytes) -> str:
    """Return the value of a request's header; empty: the request has none, or no ASCII one."""
    value: bytes = next((value for key, value in scope["headers"] if key == name), b"")
    return value.decode("ascii") if value.isascii() else ""


async def respond(
    send: Send, status: int, body: bytes, kind: str, headers: Headers | None = None
) -> None:
    """Send a whole response, whose media type is ``kind``."""
    length = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": length + (headers or [])})
    await send({"type": "http.response.body", "body": body})


async def refuse(
    send: Send, status: int, code: str, message: str, headers: Headers | None = None
) -> None:
    """Send an error as Connect's JSON."""
    body = json.dumps({"code": code, "message": message}).encode() + b"\n"
    await respond(send, status, body, "application/json", headers)
