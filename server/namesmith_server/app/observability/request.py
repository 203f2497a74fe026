"""The request of a scraper, read within bounds: nothing that anybody sends is kept beyond them."""

import re
import socket
import time
from http import HTTPStatus
from typing import NamedTuple

MOST_BYTES = 8 << 10
"""Largest number of bytes of a request line and its headers together."""

LINE = re.compile(rb"(GET|HEAD) ([^ ]+) HTTP/1\.[0-9]")
"""A request line that can be answered."""

PATH = b"/metrics"


class Request(NamedTuple):
    """A request for the metrics.

    Attributes:
        with_body: whether the metrics are wanted, beside the headers of their answer.
        accept: header that names the formats that the scraper takes.
    """

    with_body: bool
    accept: str


def read_request(connection: socket.socket, seconds: float) -> Request | HTTPStatus:
    """Return the request of a connection, or the status that refuses it.

    Args:
        connection: connection of a scraper.
        seconds: time in which the whole request must arrive.

    Raises:
        OSError: the request did not arrive in time, or the connection was closed.
    """
    head = _read_head(connection, time.monotonic() + seconds)
    if len(head) > MOST_BYTES:
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    line, *headers = bytes(head).split(b"\n")
    match = LINE.fullmatch(line.strip())
    if match is None:
        return HTTPStatus.BAD_REQUEST
    if match[2].partition(b"?")[0] != PATH:
        return HTTPStatus.NOT_FOUND
    return Request(match[1] == b"GET", _value(headers, b"accept"))


def _read_head(connection: socket.socket, deadline: float) -> bytearray:
    """Return the bytes up to the end of the headers, or one byte more than there may be."""
    head = bytearray()
    while len(head) <= MOST_BYTES:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        part = connection.recv(MOST_BYTES + 1 - len(head))
        if not part:
            raise ConnectionError
        end = max(len(head) - 2, 0)
        head += part
        if b"\n\r\n" in head[end:] or b"\n\n" in head[end:]:
            break
    return head


def _value(headers: list[bytes], wanted: bytes) -> str:
    """Return the values of a header; empty where it is not there."""
    pairs = (header.partition(b":") for header in headers)
    values = [value.strip() for name, _, value in pairs if name.strip().lower() == wanted]
    return b",".join(values).decode("latin-1")
