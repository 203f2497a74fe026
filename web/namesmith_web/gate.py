"""The way in: which requests reach the services, how many, and for how long."""

import asyncio
from dataclasses import dataclass

from namesmith.quoting import quoted
from namesmith_web.bodies import BodyTooLargeError, GoneError, whole
from namesmith_web.http import Application, Message, Receive, Scope, Send, header, refuse, respond
from namesmith_web.origins import Origins
from namesmith_web.places import NoPlaceError, Places
from namesmith_web.rates import Rates
from namesmith_web.services import PATHS, SENT_STREAMS, STREAMS

SPARE_SECONDS = 1.0
"""Seconds beyond a call's own timeout that its request and its response may take."""

BODY_SECONDS = 10.0
"""Seconds in which the body of a request has to come in, before its call takes a place."""

JSON = "application/json"

AS_JSON = ("", "application/x-www-form-urlencoded")
"""Content types that are read as JSON: none, and the one that curl sends unless told otherwise."""

OF_WEB = ("application/grpc-web", "application/grpc-web+proto", "application/grpc-web+json")
"""Content types of gRPC-Web, for every method."""

OF_MESSAGES = (JSON, "application/proto", *OF_WEB)
"""Content types of a call with one request and one response."""

OF_STREAMS = ("application/connect+json", "application/connect+proto", *OF_WEB)
"""Content types of a call with a stream."""


@dataclass(frozen=True)
class Bounds:
    """Bounds of the calls.

    Attributes:
        rates: how often one address may call.
        bodies: places of the bodies that are coming in.
        calls: places of the calls in flight.
        max_request_bytes: size in bytes of the largest request.
        timeout: seconds that a call may take.
    """

    rates: Rates
    bodies: Places
    calls: Places
    max_request_bytes: int
    timeout: float


class Gate:
    """An ASGI application that hands on what it admits.

    Args:
        services: the services.
        origins: the pages that may call.
        bounds: bounds of the calls.
    """

    def __init__(self, services: Application, origins: Origins, bounds: Bounds) -> None:
        self._services, self._origins, self._bounds = services, origins, bounds
        self._seconds = bounds.timeout + SPARE_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request to a service, or say why not."""
        if scope["path"] not in PATHS:
            await refuse(
                send, 404, "unimplemented", f"no such method; there are {', '.join(sorted(PATHS))}"
            )
        elif not self._origins.admit(scope):
            message = "calls from pages of this origin are not allowed (--cors-origin)"
            await refuse(send, 403, "permission_denied", message)
        elif scope["method"] == "OPTIONS":
            headers = self._origins.preflight_headers(scope)
            await respond(send, 204, b"", "text/plain", headers)
        elif scope["method"] != "POST":
            await refuse(send, 405, "unimplemented", "a call is a POST", [(b"allow", b"POST")])
        elif not self._bounds.rates.admit(_caller(scope)):
            await self._refuse_for_now(send, "too many calls from this address (--rate)")
        else:
            await self._hand_on(scope, receive, send)

    async def _refuse_for_now(self, send: Send, message: str) -> None:
        await refuse(send, 429, "resource_exhausted", message, [(b"retry-after", b"1")])

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = header(scope, b"content-type").partition(";")[0].strip().lower()
        kind = JSON if kind in AS_JSON else kind
        known = OF_STREAMS if scope["path"] in STREAMS else OF_MESSAGES
        if kind not in known:
            message = f"content-type: {quoted(kind)} is none of {', '.join(known)}"
            await refuse(send, 415, "unimplemented", message + STREAMS.get(scope["path"], ""))
            return
        try:
            await self._in_place(_with_kind(scope, kind), receive, send)
        except NoPlaceError as error:
            await self._refuse_for_now(send, str(error))
        except BodyTooLargeError:
            most = self._bounds.max_request_bytes
            message = f"the request is larger than {most} bytes (--max-request-bytes)"
            await refuse(send, 413, "resource_exhausted", message, self._origins.headers(scope))
        except GoneError:
            pass  # nobody reads an answer

    async def _in_place(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make a call, which takes a place once its body is there; a stream's comes with time."""
        if scope["path"] not in SENT_STREAMS:
            seconds = min(BODY_SECONDS, self._seconds)
            try:
                with self._bounds.bodies.taken(_caller(scope)):
                    receive = await whole(receive, self._bounds.max_request_bytes, seconds)
            except TimeoutError:
                message = f"the request was not complete after {seconds:g} seconds"
                await refuse(send, 408, "deadline_exceeded", message, self._origins.headers(scope))
                return
        with self._bounds.calls.taken(_caller(scope)):
            await self._within_time(scope, receive, send)

    async def _within_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        """End a request that its sender does not finish, or an answer that its reader does not."""
        cors, begun = self._origins.headers(scope), False
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._seconds

        async def send_in_time(message: Message) -> None:
            nonlocal begun
            if loop.time() >= deadline:  # the end of a stream would wait for its reader too
                raise TimeoutError
            if message["type"] == "http.response.start":
                begun = True
                message["status"] = _status_of(message)
                message["headers"] = [*message["headers"], *cors]
            await send(message)

        try:
            async with asyncio.timeout_at(deadline):
                await self._services(scope, receive, send_in_time)
        except TimeoutError:
            if not begun:
                message = f"the call was not complete after {self._seconds:g} seconds"
                await refuse(send, 408, "deadline_exceeded", message, cors)


def _caller(scope: Scope) -> str:
    """Return the address of a caller."""
    return str((scope.get("client") or ("",))[0])


def _status_of(start: Message) -> int:
    """Return the status of an answer; one for want of room that names no time is for its size."""
    waits = any(name == b"retry-after" for name, _ in start["headers"])
    status: int = start["status"]
    return 413 if status == 429 and not waits else status


def _with_kind(scope: Scope, kind: str) -> Scope:
    """Return a request with its content type, and only such headers as gRPC takes as metadata."""
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if all(0x20 <= one < 0x7F for one in value) and name != b"content-type"
    ]
    return {**scope, "headers": [*headers, (b"content-type", kind.encode())]}
