"""Bodies of requests, read whole before the call takes a place."""

import asyncio

from namesmith_web.http import Message, Receive

ENVELOPE = 5
"""Bytes before a message of Connect's streams and of gRPC-Web."""


class BodyTooLargeError(Exception):
    """A body is larger than allowed."""


class GoneError(Exception):
    """The sender left before the body was whole."""


async def whole(receive: Receive, most: int, seconds: float) -> Receive:
    """Return a way to receive a body that has come in already.

    Args:
        receive: the request's own way.
        most: size in bytes of the largest message.
        seconds: seconds in which the body has to be there.

    Raises:
        BodyTooLargeError: the body is larger than a message may be.
        GoneError: the sender has left.
        TimeoutError: the body was not there in time.
    """
    body, more = bytearray(), True
    async with asyncio.timeout(seconds):
        while more:
            part = await receive()
            if part["type"] == "http.disconnect":
                raise GoneError
            body += part.get("body", b"")
            more = part.get("more_body", False)
            if len(body) > most + ENVELOPE:
                raise BodyTooLargeError
    first: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def receive_again() -> Message:
        return first.pop() if first else await receive()

    return receive_again
