"""Requests over HTTP to a front."""

import http.client
import json
import sys
from collections.abc import Callable
from typing import Any

from processes import ServerProcess

WEB = (sys.executable, "-m", "namesmith_web")
"""The program of the front."""

NAMES = "/namesmith.v1.NameService/"
"""Beginning of the paths of the methods about names."""

Post = Callable[..., tuple[int, dict[str, str], Any]]
"""A function that sends a body to a path: the status, headers and JSON of the answer."""


def asked(
    front: ServerProcess,
    path: str,
    body: object = None,
    *,
    method: str = "POST",
    **headers: str,
) -> tuple[int, dict[str, str], Any]:
    """Send a request; return the status, the headers and the body, as JSON where it is.

    Args:
        front: the front.
        path: path of the request.
        body: bytes, or a value that is sent as JSON; None: no body.
        method: method of HTTP.
        headers: headers, with ``_`` for ``-``.
    """
    connection = http.client.HTTPConnection(front.address, timeout=30)
    try:
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, sent, named)
        answer = connection.getresponse()
        content = answer.read()
        told = {name.lower(): value for name, value in answer.getheaders()}
        is_json = told.get("content-type") == "application/json" and content
        return answer.status, told, json.loads(content) if is_json else content
    finally:
        connection.close()
