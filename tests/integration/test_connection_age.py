"""The age of connections: they are renewed, and nobody notices."""

import struct
import time

import grpc
import pytest

from hostile import GOAWAY, PREFACE, SETTINGS, exchange, frame
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest, StreamNamesRequest
from processes import running

FAREWELL = 5.0
"""Seconds within which a connection of one second is told to end, on a busy machine."""


def test_an_old_connection_is_told_to_end() -> None:
    """A GOAWAY without an error ends a connection that has reached its age."""
    with running("--max-connection-age", "1") as server:
        heard = exchange(server.address, PREFACE + frame(SETTINGS), FAREWELL)
    no_error = struct.pack(">II", 2**31 - 1, 0)
    assert heard is not None
    assert frame(GOAWAY, payload=no_error)[3:] in heard


def test_a_stream_outlives_the_age_of_its_connection() -> None:
    """A running stream goes on, and calls beside it are answered, over new connections."""
    with (
        running("--max-connection-age", "0.5") as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = names_pb2_grpc.NameServiceStub(channel)
        stream = stub.StreamNames(StreamNamesRequest(count=10**9))
        until = time.monotonic() + 3
        while time.monotonic() < until:
            assert next(stream).names
            assert stub.GenerateNames(GenerateNamesRequest(count=1)).names
        stream.cancel()


@pytest.mark.parametrize("seconds", ["0", "0.0001", "10000000"])
def test_every_age_in_range_is_taken(seconds: str) -> None:
    """No age, the least and the longest one serve."""
    with (
        running("--max-connection-age", seconds) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        call = names_pb2_grpc.NameServiceStub(channel).GenerateNames
        assert call(GenerateNamesRequest(count=1), wait_for_ready=True).names
