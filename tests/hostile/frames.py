"""The bytes of HTTP/2 and gRPC, of which no part need fit another."""

import gzip
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""The first bytes of a client's connection."""

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = range(5)
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(5, 10)


def message(raw: bytes, *, declared: int | None = None, zipped: bool = False) -> bytes:
    """Return a gRPC message: five bytes of prefix, then the bytes as they are.

    Args:
        raw: bytes of the message, or the part of them that is sent.
        declared: length in the prefix; None: the length of ``raw``.
        zipped: True if the prefix says that the message is compressed; see ``zipped_message``.
    """
    return struct.pack(">BI", zipped, len(raw) if declared is None else declared) + raw


def zipped_message(raw: bytes) -> bytes:
    """Return a compressed gRPC message, for a call whose ``encoding`` is gzip."""
    return message(gzip.compress(raw, 9, mtime=0), zipped=True)


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    """Return a frame of HTTP/2, whose parts need not fit each other."""
    header = struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream)
    return header + payload
