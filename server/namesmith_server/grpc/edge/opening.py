"""From the bytes of a request to its message, within bounds.

gRPC leaves the decompression to this module, for its own has no bound: one megabyte of zeros makes
a gigabyte. A compressed message is known by its first bytes: gzip's are no protobuf, deflate's are
a field 15, which no message of the services has.
"""

import zlib
from collections.abc import Callable
from typing import NoReturn

from google.protobuf.message import DecodeError, Message

from namesmith import limits
from namesmith_server.engine import count_records
from namesmith_server.grpc.edge.bounds import MAX_OTHER_RECORDS, Bounds
from namesmith_server.grpc.errors import InvalidArgumentError, TooLargeError, Violation

GZIP = b"\x1f\x8b"
"""First bytes of a message compressed by gzip, https://www.rfc-editor.org/rfc/rfc1952."""

DEFLATE = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
"""First bytes of a message compressed by deflate, https://www.rfc-editor.org/rfc/rfc1950."""

MOST_DEFLATED = 1_032
"""Largest ratio of bytes to the bytes that deflate makes of them."""

COMPRESSED = (GZIP, *DEFLATE)
"""First bytes of a compressed message."""

ANY_FORMAT = zlib.MAX_WBITS | 32
"""zlib's setting by which it tells gzip from deflate itself."""

FEW_BYTES = 16 << 10
"""Size of the largest message that is opened on the event loop: some 0.1 ms."""

COUNTED_BYTES = 64 << 10
"""Size from which the records of a message are counted before it is parsed: below it the parse
takes a few milliseconds whatever the records are."""


class Opener:
    """Makes messages of one method from bytes."""

    def __init__(self, parse: Callable[[bytes], Message], bounds: Bounds) -> None:
        """Set the parser of the method's messages, and their bounds."""
        self._parse = parse
        self._bounds = bounds

    def parse(self, raw: bytes) -> Message:
        """Parse a message that is small and not compressed.

        Raises:
            InvalidArgumentError: the bytes are no message of the method.
        """
        try:
            return self._parse(raw)
        except DecodeError:
            raise_malformed()

    def size(self, raw: bytes) -> int:
        """Return the size of a message in bytes, decompressed, as far as its bytes tell.

        Raises:
            InvalidArgumentError: the message is larger than a message of the method can be.
            TooLargeError: the message is larger than any message can be.
        """
        size = len(raw)
        if raw.startswith(GZIP):
            size = max(size, int.from_bytes(raw[-4:], "little"))  # gzip's trailer
        elif raw.startswith(DEFLATE):
            size = min(size * MOST_DEFLATED, self._bounds.size)
        if size > limits.MAX_MESSAGE_BYTES:
            raise TooLargeError(size, limits.MAX_MESSAGE_BYTES)
        if size > self._bounds.size:
            told = f"{size} bytes, at most {self._bounds.size} are allowed"
            raise InvalidArgumentError([Violation("request", told)])
        return size

    def open(self, raw: bytes, size: int) -> Message:
        """Decompress, check and parse a message of at most ``size`` bytes; takes up to some 20 ms.

        Raises:
            InvalidArgumentError: the bytes are no message of the method, or hold too much.
        """
        if raw.startswith(COMPRESSED):
            raw = _decompress(raw, size)
        if len(raw) > COUNTED_BYTES:
            _check_records(raw, self._bounds)
        return self.parse(raw)


def _check_records(raw: bytes, bounds: Bounds) -> None:
    others = 0
    for entered in bounds.entered:
        others_here, _ = count_records(raw, 0, entered)
        for one in bounds.lists:
            _, texts = count_records(raw, one.tag, entered)
            if texts > one.most:
                bound = f"{one.least} to {one.most}" if one.least else f"at most {one.most}"
                told = f"{texts} {one.noun}, {bound} are allowed"
                raise InvalidArgumentError([Violation(one.field, told)])
            others_here -= texts
        others = max(others, others_here)
    if others > MAX_OTHER_RECORDS:
        told = f"{others} fields beside the lists, at most {MAX_OTHER_RECORDS} are read"
        raise InvalidArgumentError([Violation("request", told)])


def raise_malformed() -> NoReturn:
    """Raise the error of bytes that are no message of their call."""
    raise InvalidArgumentError([Violation("request", "is not a message of this call")]) from None


def _decompress(raw: bytes, size: int) -> bytes:
    """Return the decompressed bytes of a message, at most ``size``."""
    stream = zlib.decompressobj(ANY_FORMAT)
    try:
        data = stream.decompress(raw, size or 1)
    except zlib.error:
        raise_malformed()
    if not stream.eof or len(data) > size:
        raise_malformed()
    return data
