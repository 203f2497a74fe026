"""Whatever frames a connection is sent, the server lives, is healthy and logs no exception."""

from typing import NamedTuple

import pytest
from hpack import Encoder
from hypothesis import given
from hypothesis import strategies as st

from fuzzing import Corpus, WatchedServer, fuzzed, mutated
from hostile import (
    CONTINUATION,
    DATA,
    HEADERS,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    exchange,
    frame,
    message,
    zipped_message,
)
from namesmith.v1 import names_pb2 as pb

SECONDS = 0.02
"""Seconds for which a connection is read before it is closed without a farewell."""

METHODS = ("GenerateNames", "StreamNames", "ScoreNames", "EvaluateNames", "Nothing")
END_STREAM, END_HEADERS, PADDED, PRIORITISED = 0x1, 0x4, 0x8, 0x20

CORPUS = Corpus("frames")


class Header(NamedTuple):
    """A header of a call, and the values that it may have."""

    name: str
    values: tuple[str, ...]


HEAD = (
    Header(":method", ("POST", "GET", "")),
    Header(":scheme", ("http", "gopher")),
    Header(":path", tuple(f"/namesmith.v1.NameService/{one}" for one in METHODS)),
    Header(":authority", ("localhost", "")),
    Header("te", ("trailers", "gzip")),
    Header("content-type", ("application/grpc", "application/grpc+json", "text/html")),
    Header("grpc-encoding", ("identity", "gzip", "deflate", "snappy")),
    Header("grpc-timeout", ("1S", "99999999H", "-1S", "1", "0n", "S")),
    Header("grpc-accept-encoding", ("gzip", "identity,,", "")),
    Header("user-bin", ("AAAA", "?", "=")),
    Header("content-length", ("-1", "99999999999999999999")),
)
USUAL = 6
"""Number of headers that every call has."""

BODIES = (
    b"",
    message(b""),
    message(pb.GenerateNamesRequest(count=3).SerializeToString()),
    message(pb.StreamNamesRequest(count=10**9).SerializeToString()),
    message(b"\x12\x00" * 1_000),
    message(b"\xff\xff"),
    message(b"x", declared=2**32 - 1),
    message(b"x", declared=8 << 20),
    message(b"", zipped=True),
    message(b"\x1f\x8b\x08", zipped=True),
    zipped_message(b"\x12\x00" * 1_000),
    zipped_message(b"") * 20,
    bytes([255]) + message(b"abc")[1:],
)

STREAMS = st.sampled_from((0, 1, 1, 1, 2, 3, 5, 2**31 - 1))
FLAGS = st.sampled_from((0, END_STREAM, END_HEADERS, END_STREAM | END_HEADERS, PADDED, 0xFF))
NUMBERS = st.sampled_from((0, 1, 2**14, 2**14 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1))


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """Draw the compressed headers of a call, mostly sound, of which some may be left out."""
    kept = [one for one in HEAD[:USUAL] if draw(st.integers(0, 9))]
    kept += draw(st.lists(st.sampled_from(HEAD), max_size=2))
    pairs = [(one.name, one.values[draw(st.sampled_from((0, 0, 0, -1)))]) for one in kept]
    if draw(st.integers(0, 9)) == 0:
        pairs.append(("x-large", "y" * draw(st.sampled_from((8_000, 17_000, 70_000)))))
    return bytes(Encoder().encode(pairs))


def settings_of(pairs: list[tuple[int, int]]) -> bytes:
    """Return the payload of a SETTINGS frame."""
    return b"".join(key.to_bytes(2, "big") + value.to_bytes(4, "big") for key, value in pairs)


SOUND = st.one_of(
    st.builds(
        lambda stream, head, body, flags: (
            frame(HEADERS, END_HEADERS, stream, head) + frame(DATA, flags, stream, body)
        ),
        st.sampled_from((1, 3, 5, 7)),
        heads(),
        st.sampled_from(BODIES),
        st.sampled_from((0, END_STREAM)),
    ),
    st.builds(
        lambda head, at: (
            frame(HEADERS, END_STREAM, 1, head[:at])
            + frame(CONTINUATION, END_HEADERS, 1, head[at:])
        ),
        heads(),
        st.integers(0, 40),
    ),
    st.builds(
        lambda pairs: frame(SETTINGS, 0, 0, settings_of(pairs)),
        st.lists(st.tuples(st.integers(0, 9), NUMBERS), max_size=4),
    ),
    st.builds(
        lambda stream, count: frame(WINDOW_UPDATE, 0, stream, count.to_bytes(4, "big")),
        STREAMS,
        NUMBERS,
    ),
    st.builds(lambda stream: frame(RST_STREAM, 0, stream, b"\0\0\0\x08"), STREAMS),
)
"""Strategy for frames that mean something, if not always in their place."""

ANY = st.builds(frame, st.integers(0, 12), FLAGS, STREAMS, st.binary(max_size=40) | heads())
"""Strategy for frames of any kind, with payloads that seldom fit them."""

TALKS = st.lists(st.one_of(SOUND, SOUND, ANY), min_size=1, max_size=8).map(
    lambda frames: PREFACE + frame(SETTINGS) + b"".join(frames)
)
"""Strategy for all that a client says on one connection."""


@pytest.mark.parametrize("raw", CORPUS.examples())
def test_the_corpus_of_frames_leaves_the_server_well(server: WatchedServer, raw: bytes) -> None:
    """A connection that was hostile once leaves the server well."""
    exchange(server.address, raw, SECONDS)
    server.check()


@fuzzed(80)
@given(TALKS | mutated(TALKS) | st.binary(max_size=100))
def test_any_frames_leave_the_server_well(server: WatchedServer, raw: bytes) -> None:
    """A connection that says anything leaves the server alive, healthy, and its log clean."""
    with CORPUS.keeping(raw):
        exchange(server.address, raw, SECONDS)
        server.check()
