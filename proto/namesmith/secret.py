"""Secrets in files: a file gives the same secret to the server and to the command line."""

from pathlib import Path

from namesmith.files import read_plain
from namesmith.limits import MAX_SECRET_BYTES, MIN_SECRET_BYTES

NEWLINES = (b"\r\n", b"\n")
"""Ends of a line, of which one at the end of a file is no part of the secret: editors add it."""


def read_secret(path: Path) -> bytes:
    """Return the secret of a plain file: its bytes, without one newline at their end.

    Raises:
        OSError: the file cannot be read, or is no plain file.
        ValueError: the secret is too short or too long; the message tells nothing of the content.
    """
    raw = read_plain(path, MAX_SECRET_BYTES + len(NEWLINES[0]) + 1)
    for newline in NEWLINES:
        if raw.endswith(newline):
            raw = raw.removesuffix(newline)
            break
    if len(raw) > MAX_SECRET_BYTES:
        raise ValueError(f"more than {MAX_SECRET_BYTES} bytes, at most so many are a secret")
    if len(raw) < MIN_SECRET_BYTES:
        raise ValueError(f"{len(raw)} bytes, a secret has at least {MIN_SECRET_BYTES}")
    return raw
