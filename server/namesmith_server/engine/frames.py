"""Names as they go over the wire: no object a name where there may be millions.

A frame is one name: the byte 0x0A, its length in bytes as a varint, its UTF-8. That is protobuf's
encoding of an item of a repeated string field of number 1, so that frames are the beginning of a
response as they are, https://protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Iterable
from typing import NewType

TAG = 0x0A
"""Of field 1, length-delimited."""

Frames = NewType("Frames", bytes)
"""Frames of names, one behind the other."""


def framed(names: Iterable[str]) -> Frames:
    """The frames of names of at most 16,383 bytes."""
    out = bytearray()
    for name in names:
        raw = name.encode()
        length = len(raw)
        out += bytes((TAG, length) if length < 0x80 else (TAG, length & 0x7F | 0x80, length >> 7))
        out += raw
    return Frames(bytes(out))


def names(frames: Frames) -> list[str]:
    """The names of frames."""
    found, at = [], 0
    while at < len(frames):
        length, start = frames[at + 1], at + 2
        if length >= 0x80:
            length, start = length - 0x80 + (frames[start] << 7), start + 1
        at = start + length
        found.append(frames[start:at].decode())
    return found


def joined(parts: Iterable[Frames]) -> Frames:
    """The frames of all parts."""
    return Frames(b"".join(parts))
