"""Request ids: the caller's own where it sends one that fits, else a new one."""

import secrets
from collections.abc import Sequence
from itertools import count

from namesmith.version import VERSION
from namesmith_server.grpc import Context, metadata_of

KEY = "x-request-id"
"""Key of the metadata that holds the id, of a request and of its answer."""

VERSION_KEY = "x-server-version"
"""Key of the answer's metadata that holds the version of the server."""

MAX_CHARACTERS = 128
"""Largest number of characters of an id."""

_ORIGIN = f"{secrets.token_hex(8)}-"
_numbers = count(1)
_VERSION_ENTRY = (VERSION_KEY, VERSION)


def stamp(context: Context, more: Sequence[tuple[str, bytes]] = ()) -> str:
    """Answer a call with its id, the version and more, in trailing metadata; return the id."""
    sent = dict(metadata_of(context)).get(KEY)
    request_id = f"{_ORIGIN}{next(_numbers):x}" if sent is None or not _fits(sent) else str(sent)
    context.set_trailing_metadata(((KEY, request_id), _VERSION_ENTRY, *more))
    return request_id


def _fits(sent: str | bytes) -> bool:
    """Tell whether an id that a call was sent with can be answered and logged."""
    is_text = isinstance(sent, str) and sent.isascii() and sent.isprintable()
    return is_text and 0 < len(sent) <= MAX_CHARACTERS
