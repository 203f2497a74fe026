"""Metadata that the caller adds to calls."""

import re
from collections.abc import Iterable, Mapping

Metadata = tuple[tuple[str, str | bytes], ...]
"""Metadata of a call, as gRPC takes it."""

GivenMetadata = Mapping[str, str | bytes] | Iterable[tuple[str, str | bytes]]
"""Metadata as callers give it: a mapping, or pairs of key and value."""

KEY = re.compile(r"[0-9a-z_.-]{1,128}")
"""A key; gRPC keeps the ones that begin with grpc- to itself."""

TEXT = re.compile(r"[ -~]{0,4096}")
"""Value of a key that does not end with -bin."""


def as_metadata(given: GivenMetadata) -> Metadata:
    """Return metadata in the form that gRPC takes, with keys in lower case.

    Raises:
        ValueError: a key or a value is malformed; the message never repeats a value.
        TypeError: a value has the wrong type.
    """
    pairs = given.items() if isinstance(given, Mapping) else given
    return tuple((_key(key), _value(key, value)) for key, value in pairs)


def _key(key: str) -> str:
    found = key.lower()
    if KEY.fullmatch(found) is None or found.startswith("grpc-"):
        raise ValueError(
            f"metadata: key {key[:64]!r}, 1 to 128 of a-z, 0-9, '_', '.' and '-' are expected, and"
            " no 'grpc-' in front"
        )
    return found


def _value(key: str, value: str | bytes) -> str | bytes:
    is_binary = key.lower().endswith("-bin")
    if not isinstance(value, bytes if is_binary else str):
        expected = "bytes are" if is_binary else "a string is"
        raise TypeError(f"metadata: value of {key!r}: {type(value).__name__}, {expected} expected")
    if isinstance(value, str) and TEXT.fullmatch(value) is None:
        raise ValueError(
            f"metadata: value of {key!r}: up to 4096 visible ASCII characters and blanks are"
            " expected"
        )
    return value
