"""The page: files of the package, served from memory."""

import hashlib
from importlib.resources import files

from namesmith_web.http import Receive, Scope, Send, header, respond

KINDS = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
"""Media type of a file, by the end of its name."""


class Page:
    """An ASGI application that answers with the files of ``static``; ``/`` is index.html."""

    def __init__(self) -> None:
        self._files = {
            f"/{file.name}": file.read_bytes()
            for file in files(__package__).joinpath("static").iterdir()
        }
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
