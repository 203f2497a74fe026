"""Requests that reach the services, their number, and the front's begin and end."""

import asyncio
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvicorn

from asking import NAMES, WEB, Post, asked
from namesmith_web.connections import bounded
from namesmith_web.health import AGE, Health
from namesmith_web.http import Receive, Scope, Send, refuse
from namesmith_web.places import NoPlaceError, Places
from namesmith_web.rates import MAX_CALLERS, Rates
from processes import ServerProcess, refused, running

DRAW = NAMES + "GenerateNames"


def test_pages_of_others_may_not_call_unless_they_are_named(
    post: Post, front: ServerProcess, grpc_server: ServerProcess
) -> None:
    """A foreign origin is refused, preflight or not; the front's own and a named one are not."""
    foreign, own = "https://a.example", f"http://{front.address}"
    for sent in (
        post(DRAW, {"count": 1}, origin=foreign),
        asked(front, DRAW, method="OPTIONS", origin=foreign),
        post(DRAW, {"count": 1}, origin="null"),
        post(DRAW, {"count": 1}, origin="http://rebound.example", host="rebound.example"),
    ):
        assert sent[0] == 403
        assert "access-control-allow-origin" not in sent[1]
    assert post(DRAW, {"count": 1}, origin=own)[0] == 200
    options = ("--server", grpc_server.address, "--cors-origin", foreign)
    with running(*options, program=WEB) as other:
        asks = asked(other, DRAW, method="OPTIONS", origin=foreign)
        calls = asked(other, DRAW, {"count": 1}, origin=foreign)
        assert (asks[0], calls[0]) == (204, 200)
        assert asks[1]["access-control-allow-origin"] == foreign
        assert calls[1]["access-control-allow-origin"] == foreign


@pytest.mark.parametrize(
    ("path", "method", "kind", "status", "word"),
    [
        (DRAW, "GET", "", 405, "POST"),
        (DRAW, "POST", "text/xml", 415, "application/json"),
        (DRAW, "POST", "application/grpc", 415, "application/grpc"),
        (NAMES + "StreamNames", "POST", "application/json", 415, "there is GenerateNames"),
        ("/namesmith.v1.AdminService/Reload", "POST", "application/json", 404, "no such method"),
        ("/static/../main.py", "GET", "", 404, "no such method"),
        ("/index.html", "DELETE", "", 405, "GET"),
    ],
    ids=["get", "xml", "grpc", "stream", "admin", "file", "delete"],
)
def test_what_no_service_understands_is_refused(
    front: ServerProcess, path: str, method: str, kind: str, status: int, word: str
) -> None:
    """A wrong path, method or content type has its status, and a message with what is right."""
    told, _, answer = asked(front, path, b"{}", method=method, content_type=kind)
    assert told == status
    assert word in answer["message"]


def test_one_address_calls_as_often_as_the_rate(grpc_server: ServerProcess) -> None:
    """Many calls at once: the burst is answered, and the others are told when to try again."""
    with running("--server", grpc_server.address, "--rate", "0.5", program=WEB) as front:
        told = [asked(front, DRAW, {"count": 1}) for _ in range(3)]
    assert [one[0] for one in told] == [200, 429, 429]
    assert told[1][1]["retry-after"] == "1"
    assert "--rate" in told[1][2]["message"]


def test_rates_are_each_callers_own_and_forget_the_silent() -> None:
    """A bucket fills with time, is nobody else's, and the oldest of too many is dropped."""
    now = 0.0
    rates = Rates(1, lambda: now)
    assert [rates.admit("a") for _ in range(3)] == [True, True, False]
    assert rates.admit("b")
    now = 1.0
    assert [rates.admit("a") for _ in range(2)] == [True, False]
    for other in range(MAX_CALLERS):
        rates.admit(str(other))
    assert rates.admit("a")


def test_a_call_takes_a_place_once_its_body_is_there(grpc_server: ServerProcess) -> None:
    """Beside a request that waits for its body, the one call that is allowed is answered."""
    options = ("--server", grpc_server.address, "--max-calls", "1", "--timeout", "1")
    with (
        running(*options, program=WEB) as front,
        socket.create_connection(("127.0.0.1", front.log[-1]["port"])) as slow,
    ):
        slow.sendall(f"POST {DRAW} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{{".encode())
        assert {asked(front, DRAW, {"count": 1})[0] for _ in range(9)} == {200}
        assert slow.recv(1_000).startswith(b"HTTP/1.1 408")


def test_one_address_has_a_share_of_the_connections(grpc_server: ServerProcess) -> None:
    """A connection beyond the share is closed, and a place that becomes free is another's."""
    options = ("--server", grpc_server.address, "--max-connections-per-address", "2")
    with running(*options, program=WEB) as front:
        address = ("127.0.0.1", front.log[-1]["port"])
        with (
            socket.create_connection(address),
            socket.create_connection(address),
            socket.create_connection(address) as third,
        ):
            assert third.recv(1) == b""
        while True:  # until both are counted no longer
            try:
                assert asked(front, "/healthz", method="GET")[0] == 200
                break
            except ConnectionError:
                continue


async def test_a_silent_connection_ends() -> None:
    """A connection without a request, or with a part of its head, is closed in time."""
    config = uvicorn.Config(_refuse_all, http=bounded(2, 0.1), lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        for begun in (b"", b"POST / HTTP/1.1\r\nHost: a\r\n"):
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            writer.write(begun)
            assert await reader.read() == b""
            writer.close()
        server.should_exit = True
        await serving


async def _refuse_all(_scope: Scope, _receive: Receive, send: Send) -> None:
    await refuse(send, 404, "unimplemented", "nothing is here")


def test_one_caller_has_a_share_of_the_places() -> None:
    """A caller has no more than the share, all have no more than there is, both are told."""
    places = Places(3, 2, "calls", ("--all", "--one"))
    with places.taken("a"), places.taken("a"):
        with pytest.raises(NoPlaceError, match=r"2 calls of this address.*--one"):
            places.taken("a").__enter__()
        with places.taken("b"), pytest.raises(NoPlaceError, match=r"3 calls are.*--all"):
            places.taken("c").__enter__()
        with places.taken("c"):
            pass


async def test_health_is_asked_for_once_in_a_while() -> None:
    """Many who ask at once share one answer, which is old after a second."""
    now, asked_at = 0.0, []

    async def serves() -> bool:
        asked_at.append(now)
        return True

    health = Health(serves, lambda: now)
    assert await asyncio.gather(*(health.is_serving() for _ in range(9))) == [True] * 9
    now = AGE
    assert await health.is_serving()
    assert asked_at == [0.0, AGE]


def test_a_reader_who_stalls_loses_the_place(grpc_server: ServerProcess) -> None:
    """A stream that nobody reads ends in time, and its place is another's."""
    options = ("--server", grpc_server.address, "--max-calls", "1", "--timeout", "1", "--rate", "0")
    body = b'{"count": "1000000000"}'
    sent = b"\0" + len(body).to_bytes(4, "big") + body
    head = f"POST {NAMES}StreamNames HTTP/1.1\r\nHost: a\r\nContent-Length: {len(sent)}\r\n"
    kind = "Content-Type: application/connect+json\r\n\r\n"
    with (
        running(*options, program=WEB) as front,
        socket.create_connection(("127.0.0.1", front.log[-1]["port"])) as stalled,
    ):
        stalled.sendall((head + kind).encode() + sent)
        stalled.recv(1)
        assert asked(front, DRAW, {"count": 1})[0] == 429
        while asked(front, DRAW, {"count": 1})[0] == 429:
            pass
        assert asked(front, DRAW, {"count": 1})[0] == 200


def test_a_server_that_is_away_is_unavailable_and_not_named() -> None:
    """Health says 503, calls are UNAVAILABLE, and no address of the inside is told."""
    with running("--server", "127.0.0.1:9", program=WEB) as front:
        status, _, answer = asked(front, DRAW, {"count": 1}, connect_timeout_ms="5000")
        assert (status, answer["code"]) == (503, "unavailable")
        assert "127.0.0.1" not in answer["message"]
        assert asked(front, "/healthz", method="GET")[0] == 503


def test_calls_in_flight_end_before_the_front_does(grpc_server: ServerProcess) -> None:
    """After SIGTERM the calls that have begun are answered, and the exit status is 0."""
    options = ("--server", grpc_server.address, "--rate", "0")
    with running(*options, program=WEB) as front, ThreadPoolExecutor(4) as threads:
        draws = [threads.submit(asked, front, DRAW, {"count": 50_000}) for _ in range(4)]
        next(front.events(passed_over=()))  # the line of the first call that has ended
        front.process.send_signal(signal.SIGTERM)
        assert {one.result()[0] for one in draws} == {200}
        assert front.process.wait(30) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--rate", "-1"), "--rate"),
        (("--cors-origin", "a.example/x"), "'a.example/x' is no origin"),
        (("--address", "nowhere"), "'nowhere' is not HOST:PORT"),
        (("--max-request-bytes", "0"), "--max-request-bytes"),
    ],
    ids=["rate", "origin", "address", "bytes"],
)
def test_wrong_options_are_named(options: tuple[str, ...], words: str) -> None:
    """An option's wrong value ends the start with status 2 and a message that names both."""
    ended = refused(*options, program=WEB)
    assert ended.returncode == 2
    assert words in ended.stderr
