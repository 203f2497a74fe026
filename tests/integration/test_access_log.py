"""The access log, the ids of requests and the version of a server as a process."""

import itertools
import signal
import time
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
import pytest

from namesmith.v1 import names_pb2, server_pb2, server_pb2_grpc
from namesmith.version import VERSION
from processes import ONE_OR_TWO, ServerProcess, running

GENERATE = "/namesmith.v1.NameService/GenerateNames"
STREAM = "/namesmith.v1.NameService/StreamNames"
SCORE = "/namesmith.v1.NameService/ScoreNames"

Metadata = Sequence[tuple[str, str]]


def call(
    channel: grpc.Channel, method: str, request: Any, metadata: Metadata = ()
) -> tuple[grpc.StatusCode, dict[str, Any]]:
    """Make a call; return its code and its trailing metadata."""
    try:
        _, made = channel.unary_unary(method).with_call(
            request.SerializeToString(), metadata=metadata, timeout=30
        )
    except grpc.RpcError as error:
        made = error
    return made.code(), dict(made.trailing_metadata())


def calls_in(server: ServerProcess) -> list[dict[str, Any]]:
    """End a server; return the lines of its access log."""
    server.process.send_signal(signal.SIGTERM)
    return [event for event in server.events(()) if event["event"] == "call"]


@pytest.fixture(scope="module")
def channel() -> Iterator[grpc.Channel]:
    """Provide a connection to a server with the default settings."""
    with running() as server, grpc.insecure_channel(server.address) as channel:
        yield channel


@pytest.mark.parametrize("sent", ["a", "order 66/7", "x" * 128])
def test_the_id_of_a_request_is_answered(channel: grpc.Channel, sent: str) -> None:
    """In the trailing metadata of an answer and of a refusal."""
    metadata = (("x-request-id", sent),)
    for count, code in ((1, grpc.StatusCode.OK), (0, grpc.StatusCode.INVALID_ARGUMENT)):
        request = names_pb2.GenerateNamesRequest(count=count)
        assert call(channel, GENERATE, request, metadata)[0] is code
        assert call(channel, GENERATE, request, metadata)[1]["x-request-id"] == sent


@pytest.mark.parametrize("sent", [None, "x" * 129, ""])
def test_an_id_is_made_where_none_fits(channel: grpc.Channel, sent: str | None) -> None:
    """Each call has one of its own."""
    metadata = () if sent is None else (("x-request-id", sent),)
    request = names_pb2.GenerateNamesRequest(count=1)
    ids = [call(channel, GENERATE, request, metadata)[1]["x-request-id"] for _ in range(2)]
    assert ids[0] != ids[1]
    assert all(0 < len(one) < 64 and one != sent for one in ids)


def test_every_answer_tells_the_version(channel: grpc.Channel) -> None:
    """In the trailing metadata of each call, refused ones too, and by GetServer."""
    for count in (0, 1):
        _, trailing = call(channel, GENERATE, names_pb2.GenerateNamesRequest(count=count))
        assert trailing["x-server-version"] == VERSION
    stub: Any = server_pb2_grpc.ServerServiceStub(channel)
    answer = stub.GetServer(server_pb2.GetServerRequest(), timeout=30)
    assert answer.version == VERSION
    assert answer.max_symbols > 0
    assert answer.max_names > 0
    assert answer.max_message_bytes == 4 << 20


@pytest.mark.parametrize("workers", ONE_OR_TWO)
def test_the_first_line_of_the_log_tells_the_version(workers: str) -> None:
    """Before anything is loaded or listened on."""
    with running("--workers", workers) as server:
        assert server.log[0]["server_version"] == VERSION
        assert workers == "2" or not [line for line in server.log[1:] if "server_version" in line]


def test_every_call_has_a_line_at_a_share_of_one() -> None:
    """With method, code, duration, names, model, version, peer and id, and not the names."""
    with running("--access-log-sample", "1") as server:
        with grpc.insecure_channel(server.address) as channel:
            request = names_pb2.GenerateNamesRequest(count=3, seed=1)
            call(channel, GENERATE, request, (("x-request-id", "mine"),))
            call(channel, SCORE, names_pb2.ScoreNamesRequest(names=["secretname"]))
        generated, scored = calls_in(server)
    assert generated["service"] == "namesmith.v1.NameService"
    assert generated["method"] == "GenerateNames"
    assert generated["code"] == "OK"
    assert generated["names"] == 3
    assert generated["model"] == "us-names"
    assert generated["version"] == 1
    assert generated["request_id"] == "mine"
    assert generated["peer"].startswith("ipv4:127.0.0.1:")
    assert generated["milliseconds"] > 0
    assert scored["method"] == "ScoreNames"
    assert "secretname" not in str(scored)


def test_refused_calls_have_a_line_with_their_reason_whatever_the_share() -> None:
    """An unknown model, a bound and a constraint; no line repeats the caller's text."""
    refused = (
        names_pb2.GenerateNamesRequest(count=1, model=names_pb2.ModelRef(name="secretmodel")),
        names_pb2.GenerateNamesRequest(count=0),
        names_pb2.GenerateNamesRequest(
            count=1, constraint=names_pb2.Constraint(pattern="secretpattern(")
        ),
    )
    with running("--access-log-sample", "0") as server:
        with grpc.insecure_channel(server.address) as channel:
            for request in refused:
                call(channel, GENERATE, request, (("authorization", "Bearer secrettoken"),))
            call(channel, GENERATE, names_pb2.GenerateNamesRequest(count=1))
        lines = calls_in(server)
    reasons = [(line["code"], line["reason"]) for line in lines]
    assert reasons == [
        ("NOT_FOUND", "UNKNOWN_MODEL"),
        ("INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        ("INVALID_ARGUMENT", "INVALID_ARGUMENT"),
    ]
    assert "secret" not in str(lines)


def test_a_call_of_an_unknown_method_has_a_line_and_an_id() -> None:
    """The line does not repeat the name, which is the caller's text."""
    with running("--access-log-sample", "0") as server:
        with grpc.insecure_channel(server.address) as channel:
            code, trailing = call(channel, "/secret/Method", names_pb2.GenerateNamesRequest())
        (line,) = calls_in(server)
    assert code is grpc.StatusCode.UNIMPLEMENTED
    assert trailing["x-server-version"] == VERSION
    assert (line["method"], line["reason"]) == ("unknown", "UNKNOWN_METHOD")
    assert line["request_id"] == trailing["x-request-id"]
    assert "secret" not in str(line)


def test_a_call_that_a_stopping_server_refuses_has_a_line() -> None:
    """On a connection that a stream keeps open after the port has closed."""
    request = names_pb2.GenerateNamesRequest(count=1)
    endless = names_pb2.StreamNamesRequest(count=1_000_000_000)
    with running("--access-log-sample", "0", "--drain-delay-seconds", "0") as server:
        with grpc.insecure_channel(server.address) as channel:
            stream = channel.unary_stream(STREAM)(endless.SerializeToString())
            next(stream)
            server.process.send_signal(signal.SIGTERM)
            while (refused := call(channel, GENERATE, request))[0] is grpc.StatusCode.OK:
                pass
            stream.cancel()
        (line,) = [line for line in calls_in(server) if line["method"] == "GenerateNames"]
    assert refused[0] is grpc.StatusCode.UNAVAILABLE
    assert (line["code"], line["reason"]) == ("UNAVAILABLE", "STOPPING")
    assert line["request_id"] == refused[1]["x-request-id"]


def test_a_stream_that_its_client_leaves_is_cancelled_in_the_log() -> None:
    """A quick reader or a paused one: neither is UNAVAILABLE, which a stopping server is."""
    endless = names_pb2.StreamNamesRequest(count=1_000_000_000)
    with running("--access-log-sample", "1") as server:
        with grpc.insecure_channel(server.address) as channel:
            for read in (1, 2, 50):
                stream = channel.unary_stream(STREAM)(endless.SerializeToString())
                for _ in range(read):
                    next(stream)
                stream.cancel()
        lines = calls_in(server)
    assert [(line["code"], line.get("reason")) for line in lines] == [("CANCELLED", None)] * 3


def test_a_flood_of_refused_calls_has_few_lines() -> None:
    """At most 20 lines a second; the calls without one are counted in the next line."""
    calls = 2_000
    with running() as server:
        with grpc.insecure_channel(server.address) as channel:
            grpc.channel_ready_future(channel).result(30)  # it knows how many calls may run at once
            method = channel.unary_unary(GENERATE)
            began = time.monotonic()
            pending = [method.future(b"", timeout=60) for _ in range(calls)]
            assert all(one.code() is not grpc.StatusCode.OK for one in pending)
            seconds = time.monotonic() - began
            time.sleep(1.1)  # until a second begins that has room
            call(channel, GENERATE, names_pb2.GenerateNamesRequest())
        lines = calls_in(server)
    assert len(lines) <= 20 * (seconds + 2) + 1
    assert len(lines) + sum(line.get("untold_refusals", 0) for line in lines) == calls + 1


def test_a_share_of_the_calls_is_logged() -> None:
    """A tenth of 2,000 calls, within five standard deviations."""
    with running("--access-log-sample", "0.1") as server:
        with grpc.insecure_channel(server.address) as channel:
            method = channel.unary_unary(GENERATE)
            raw = names_pb2.GenerateNamesRequest(count=1).SerializeToString()
            for _ in range(20):
                pending = [method.future(raw, timeout=60) for _ in range(100)]
                assert all(one.code() is grpc.StatusCode.OK for one in pending)
        lines = calls_in(server)
    assert 130 <= len(lines) <= 270
    ids = [line["request_id"] for line in lines]
    assert all(a != b for a, b in itertools.pairwise(sorted(ids)))
