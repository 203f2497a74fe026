"""Streams that break off, and are resumed behind the last name that has come."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import grpc
import pytest

from fakes import serving, status
from namesmith.v1 import names_pb2, names_pb2_grpc
from namesmith_client import Retry, UnavailableError

Connect = Callable[..., AbstractContextManager[Callable[..., Any]]]

GONE = status(grpc.StatusCode.UNAVAILABLE, "the server stops")


class Breaking(names_pb2_grpc.NameServiceServicer):
    """A name service whose streams break off behind some names; row i is the name "i".

    Attributes:
        lives: number of names of each stream before it breaks off, one a message; afterwards
            streams are whole.
        requests: the requests that have come.
    """

    def __init__(self, *lives: int) -> None:
        self.lives = list(lives)
        self.requests: list[names_pb2.StreamNamesRequest] = []

    def StreamNames(  # noqa: N802 - gRPC's name
        self, request: names_pb2.StreamNamesRequest, context: grpc.ServicerContext
    ) -> Iterator[names_pb2.StreamNamesResponse]:
        """Yield the names of a request until the stream breaks off."""
        self.requests.append(request)
        breaks = bool(self.lives)
        count = self.lives.pop(0) if breaks else request.count
        for row in range(request.first_row, request.first_row + count):
            yield names_pb2.StreamNamesResponse(names=[str(row)], seed=7, model="a", version=3)
        if breaks:
            context.abort_with_status(GONE)


def names_of(stream: Any) -> list[str]:
    """Return the names of a stream."""
    return [name for chunk in stream.chunks() for name in chunk.names]


def test_a_broken_stream_is_resumed_behind_the_last_name(connect: Connect) -> None:
    """The further calls ask the same version for the rows that are missing, with the same seed."""
    service = Breaking(3, 1)
    with serving(service) as address, connect(address) as call:
        stream = call("stream", 10, first_row=5, prefix="a", model="a@stable")
        assert names_of(stream) == [str(row) for row in range(5, 15)]
        assert stream.seed == 7
    first, *further = service.requests
    assert (first.model.label, first.HasField("seed")) == ("stable", False)
    assert [(one.first_row, one.count) for one in further] == [(8, 7), (9, 6)]
    for one in further:
        assert (one.model.name, one.model.version, one.model.label) == ("a", 3, "")
        assert (one.seed, one.constraint.prefix) == (7, "a")


def test_a_stream_that_breaks_behind_its_last_name_is_whole(connect: Connect) -> None:
    """Nothing is missing, and no further call is made."""
    service = Breaking(4)
    with serving(service) as address, connect(address) as call:
        assert names_of(call("stream", 4)) == ["0", "1", "2", "3"]
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("settings", "arguments"), [({}, {"distinct": True}), ({"retry": None}, {})], ids=str
)
def test_a_stream_that_cannot_be_resumed_breaks_off(
    connect: Connect, settings: dict[str, Any], arguments: dict[str, Any]
) -> None:
    """Distinct names depend on the names before them; without other tries there is one call."""
    service = Breaking(2)
    with serving(service) as address, connect(address, **settings) as call:
        chunks = call("stream", 9, **arguments).chunks()
        assert next(chunks).names + next(chunks).names == ("0", "1")
        with pytest.raises(UnavailableError, match="the server stops"):
            next(chunks)
    assert len(service.requests) == 1


def test_a_stream_ends_where_a_further_call_brings_no_name(connect: Connect) -> None:
    """The last call is tried like any other, five times, and its error is raised."""
    service = Breaking(2, *[0] * 9)
    quick = Retry(first_backoff=0.01, most_backoff=0.01)
    with serving(service) as address, connect(address, retry=quick) as call:
        chunks = call("stream", 9).chunks()
        assert [next(chunks).names for _ in range(2)] == [("0",), ("1",)]
        with pytest.raises(UnavailableError):
            next(chunks)
    assert len(service.requests) == 6
