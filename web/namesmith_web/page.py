"""The page: files of the package, served from memory."""

import hashlib
import json
from importlib.resources import files

from namesmith_web.http import Receive, Scope, Send, header, respond

KINDS = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
"""Media type of a file, by the end of its name."""


class Page:
    """An ASGI application that answers with the files of ``static``; ``/`` is index.html.

    Args:
        grpc_server: host:port by which a reader of the page reaches the gRPC server; empty: the
            command line's own default, or nobody's business.
    """

    def __init__(self, grpc_server: str) -> None:
        self._files = {
            f"/{file.name}": file.read_bytes()
            for file in files(__package__).joinpath("static").iterdir()
        }
        self._files["/front.json"] = json.dumps({"grpcServer": grpc_server}).encode()
        self._files["/"] = self._files["/index.html"]

    def has(self, path: str) -> bool:
        """Return whether there is a file at a path."""
        return path in self._files

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer a GET of a file that there is, or say that the browser's copy is the file."""
        path = scope["path"]
        body = self._files[path]
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = [(b"etag", tag.encode()), (b"cache-control", b"no-cache")]
        kind = KINDS["html" if path == "/" else path.rpartition(".")[2]]
        if header(scope, b"if-none-match") == tag:
            await respond(send, 304, b"", kind, headers)
        else:
            await respond(send, 200, body, kind, headers)
