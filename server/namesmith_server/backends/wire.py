"""Fields of protobuf messages, read and written one by one without a schema.

Stricter than protobuf: groups, which ONNX never had, are refused.
"""

from collections.abc import Iterator
from typing import NamedTuple

MAX_VARINT_BYTES = 10
"""Largest number of bytes of a varint; leading zeros may make it longer than its value needs."""

VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
"""The wire types of protobuf."""

FIXED_BYTES = {FIXED64: 8, FIXED32: 4}
"""Number of bytes of a value of each fixed wire type."""

Value = int | memoryview
"""A varint as a number, or the bytes of a value of another wire type."""


class Field(NamedTuple):
    """A field of a message.

    Attributes:
        number: number of the field.
        value: its value.
        raw: its bytes, tag and value, as they stand in the message.
    """

    number: int
    value: Value
    raw: memoryview


class WireError(ValueError):
    """Bytes that are no protobuf message; the message says why."""


def read_fields(message: memoryview) -> Iterator[Field]:
    """Yield the fields of a message, in the order of the bytes; no value is copied.

    Raises:
        WireError: the bytes are no message, or hold a group.
    """
    at, end = 0, len(message)
    while at < end:
        begin = at
        tag, at = _read_varint(message, at)
        number, wire_type = tag >> 3, tag & 7
        if not 1 <= number < 1 << 29:
            raise WireError("a field has a number that protobuf does not allow")
        if wire_type == VARINT:
            value, at = _read_varint(message, at)
            yield Field(number, value, message[begin:at])
            continue
        if wire_type == DELIMITED:
            size, at = _read_varint(message, at)
        elif wire_type in FIXED_BYTES:
            size = FIXED_BYTES[wire_type]
        else:
            raise WireError("a field has a wire type that protobuf or ONNX does not know")
        if size > end - at:
            raise WireError("a field ends behind its message")
        at += size
        yield Field(number, message[at - size : at], message[begin:at])


def _read_varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the varint at a place, modulo 2^64, and the place behind it."""
    value = 0
    for place in range(MAX_VARINT_BYTES):
        if at + place >= len(message):
            break
        byte = message[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value & (1 << 64) - 1, at + place + 1
    raise WireError("a number has no end")


def varint_field(number: int, value: int) -> bytes:
    """Return the bytes of a field whose value is a varint, at least 0."""
    return _varint(number << 3 | VARINT) + _varint(value)


def delimited_field(number: int, value: bytes) -> bytes:
    """Return the bytes of a field whose value is a message, a string or a packed array."""
    return _varint(number << 3 | DELIMITED) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    """Return a number, at least 0, as a varint."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
