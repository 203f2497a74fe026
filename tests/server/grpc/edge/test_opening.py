"""Bytes become messages within bounds, compressed or not."""

import gzip
import zlib
from contextlib import suppress

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from namesmith.limits import (
    MAX_EXCLUDED_TEXTS,
    MAX_FORBIDDEN_NAMES,
    MAX_MESSAGE_BYTES,
    MAX_SCORED_NAMES,
)
from namesmith.v1 import names_pb2 as pb
from namesmith_server.grpc.edge.bounds import bounds_of
from namesmith_server.grpc.edge.opening import Opener
from namesmith_server.grpc.errors import InvalidArgumentError, TooLargeError

SCORE = Opener(pb.ScoreNamesRequest.FromString, bounds_of("ScoreNames"))
GENERATE = Opener(pb.GenerateNamesRequest.FromString, bounds_of("GenerateNames"))
SPLIT = Opener(pb.EvaluateSplitRequest.FromString, bounds_of("EvaluateSplit"))


def opened(opener: Opener, raw: bytes) -> Message:
    """Open a message as the edge does."""
    return opener.open(raw, opener.size(raw))


def delimited(tag: int, payload: bytes) -> bytes:
    """Return a record with a length."""
    size, varint = len(payload), bytearray()
    while size > 0x7F:
        varint.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes((tag, *varint, size)) + payload


@given(st.lists(st.text(max_size=40), max_size=40), st.sampled_from([bytes, gzip, zlib]))
def test_a_message_is_the_same_compressed(names: list[str], how: object) -> None:
    """Whatever compresses a request, it is read; levels make other first bytes of deflate."""
    message = pb.ScoreNamesRequest(names=names)
    raw = message.SerializeToString()
    if how is gzip:
        raw = gzip.compress(raw)
    elif how is zlib:
        raw = zlib.compress(raw, level=len(names) % 10)
    assert opened(SCORE, raw) == message


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_a_bomb_is_refused(compress: object) -> None:
    """A kilobyte that would be megabytes is no message, whatever its trailer claims."""
    bomb = compress(bytes(64 << 20))  # type: ignore[operator]
    lying = bomb[:-4] + (100).to_bytes(4, "little")
    for raw in (bomb, lying, bomb[: len(bomb) // 2], compress(b"\x12\x00" * 100)[:-9]):  # type: ignore[operator]
        with pytest.raises((InvalidArgumentError, TooLargeError)):
            opened(SCORE, raw)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(raw: bytes) -> None:
    """No other error leaves, whatever begins like a compressed message."""
    for start in (b"", b"\x1f\x8b", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", b"\x78\x9c"):
        with suppress(InvalidArgumentError, TooLargeError):
            assert isinstance(opened(SCORE, start + raw), pb.ScoreNamesRequest)


EMPTY = b"\x12\x00"
FORBIDDEN = b"\x3a\x00"


@pytest.mark.parametrize(
    ("opener", "raw", "field"),
    [
        (SCORE, EMPTY * (MAX_SCORED_NAMES + 1), "names"),
        (SCORE, b"\x92\x00\x00" * (MAX_SCORED_NAMES + 1), "names"),  # a tag in two bytes
        (SCORE, b"\x20\x00" * 100_000, "request"),  # unknown fields
        (SCORE, b"\x0a\x00" * 100_000, "request"),  # one model over and over
        (SCORE, delimited(0x0A, b"\x20\x00" * 100_000), "request"),  # unknown fields inside
        (SCORE, b"\x2b\x2c" * 100_000, "request"),  # groups
        (SCORE, delimited(0x0A, b"\x0a\x01a" * 100_000), "request"),  # one name over and over
        (SPLIT, b"\x20\x00" * 100_000, "request"),
        (
            GENERATE,
            b"\x10\x01" + delimited(0x2A, FORBIDDEN * 100_000),
            "constraint.forbidden",
        ),
        (
            GENERATE,
            b"\x10\x01" + delimited(0x2A, FORBIDDEN * (MAX_FORBIDDEN_NAMES // 2 + 1)) * 60,
            "constraint.forbidden",
        ),  # a constraint in parts
        (
            GENERATE,
            b"\x10\x01" + delimited(0x2A, b"\x4a\x00" * (MAX_EXCLUDED_TEXTS + 1) * 4),
            "constraint.excludes",
        ),
        (
            GENERATE,
            b"\x10\x01" + delimited(0x2A, b"\x62\x00" * 40_000),
            "constraint.starts_with_any",
        ),
    ],
)
def test_too_many_records_are_refused_before_they_are_objects(
    opener: Opener, raw: bytes, field: str
) -> None:
    """The refusal names the list, or the request."""
    with pytest.raises(InvalidArgumentError) as caught:
        opener.open(raw, len(raw))
    assert [one.field for one in caught.value.violations] == [field]


@pytest.mark.parametrize("name", ["a" * 18, "Ē" * 9, "\x12" * 18, "字" * 6])
def test_the_largest_lists_are_opened(name: str) -> None:
    """The largest allowed number of names, of any bytes, is a message."""
    message = pb.ScoreNamesRequest(names=[name] * MAX_SCORED_NAMES, model=pb.ModelRef(name="us"))
    assert opened(SCORE, message.SerializeToString()) == message


def test_a_message_over_the_limit_of_its_method_is_refused() -> None:
    """Beyond the limit of all methods the error is another one, as gRPC's own is."""
    with pytest.raises(InvalidArgumentError, match="3145728 bytes, at most 2097152 are allowed"):
        GENERATE.size(bytes(3 << 20))
    claiming = b"\x1f\x8b" + bytes(8) + (MAX_MESSAGE_BYTES + 1).to_bytes(4, "little")
    with pytest.raises(TooLargeError):
        SCORE.size(claiming)
