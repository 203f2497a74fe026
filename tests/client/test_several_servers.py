"""One client of several servers."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from grpc_health.v1 import health, health_pb2

from fakes import Fake, serving
from namesmith_client import TLS, AsyncClient, Client, Health, UnavailableError
from processes import ServerProcess, running
from scraping import metrics_port, scrape, value

CALLS = 400

LONG = 10**6
"""Number of names of a stream that its server has not written when the first ones are read."""

HealthResponse = health_pb2.HealthCheckResponse


@pytest.fixture
def servers() -> Iterator[list[ServerProcess]]:
    """Start two servers that count their calls."""
    with ExitStack() as stack:
        options = ("--metrics-address", "127.0.0.1:0")
        yield [stack.enter_context(running(*options)) for _ in range(2)]


def answered(server: ServerProcess) -> float:
    """Return the number of calls of GenerateNames that a server has counted."""
    metrics = scrape(metrics_port(server.log))
    return value(metrics, "grpc_server_handled_total", grpc_method="GenerateNames")


def has_streamed(server: ServerProcess) -> bool:
    """Return whether a stream of names has begun on a server."""
    metrics = scrape(metrics_port(server.log))
    return value(metrics, "grpc_server_started_total", grpc_method="StreamNames") > 0


def test_calls_go_to_both_servers_alike(servers: list[ServerProcess]) -> None:
    """Each gets half of the calls, give or take a twentieth."""
    with Client([one.address for one in servers]) as client:
        client.wait_ready()
        for _ in range(CALLS):
            client.generate(1)
    shares = [answered(one) / CALLS for one in servers]
    assert sum(shares) == 1
    assert shares == pytest.approx([0.5, 0.5], abs=0.05)


def test_no_call_fails_when_a_server_is_killed(servers: list[ServerProcess]) -> None:
    """Threads and tasks that call without a pause meet no error."""
    addresses = [one.address for one in servers]
    called, over = threading.Event(), threading.Event()
    answers: list[int] = []

    def call() -> None:
        with Client(addresses) as client:
            while not over.is_set():
                answers.append(len(client.generate(1).names))
                called.set()

    async def call_async() -> None:
        async with AsyncClient(addresses) as client:
            while not over.is_set():
                answers.append(len((await client.generate(1)).names))

    callers = [threading.Thread(target=call) for _ in range(3)]
    callers.append(threading.Thread(target=asyncio.run, args=(call_async(),)))
    failures: list[object] = []
    previous, threading.excepthook = threading.excepthook, failures.append
    try:
        for one in callers:
            one.start()
        assert called.wait(30)
        servers[0].process.kill()
        servers[0].process.wait()
        before = len(answers)
        while len(answers) < before + CALLS and not failures:
            over.wait(0.01)
        over.set()
        for one in callers:
            one.join(30)
    finally:
        threading.excepthook = previous
    assert failures == []
    assert set(answers) == {1}


def test_a_stream_outlives_its_server(servers: list[ServerProcess]) -> None:
    """Every name comes once, in the order of a stream that did not break, and of the same seed."""
    with Client([one.address for one in servers]) as client:
        client.wait_ready()
        stream = client.stream(LONG, first_row=1_000)
        chunks = stream.chunks()
        come = [next(chunks)]
        (first,) = (one for one in servers if has_streamed(one))
        (other,) = (one for one in servers if one is not first)
        first.process.kill()
        come += chunks
        assert has_streamed(other)
        again = client.stream(LONG, seed=stream.seed, first_row=1_000)
        assert [name for one in come for name in one.names] == list(again)


def test_a_server_that_is_not_ready_gets_no_call() -> None:
    """All calls go to the server that says of itself that it serves; health is asked of any."""
    ready, unready = Fake(), Fake()
    states = health.HealthServicer(), health.HealthServicer()
    states[1].set("", HealthResponse.NOT_SERVING)
    with (
        serving(ready, health=states[0]) as one,
        serving(unready, health=states[1]) as other,
        Client([one, other]) as client,
    ):
        for _ in range(20):
            client.generate(1)
        assert {client.health() for _ in range(20)} == {Health.SERVING, Health.NOT_SERVING}
    assert (ready.tries, unready.tries) == (20, 0)


def test_one_local_server_is_called_whatever_its_health_says() -> None:
    """Only where there may be another server is one left out that is not ready."""
    state = health.HealthServicer()
    state.set("", HealthResponse.NOT_SERVING)
    with serving(Fake(), health=state) as address, Client(address) as client:
        assert client.generate(1).names == ("anna",)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("addresses", "message"),
    [
        ([], "address: no address, one at least is expected"),
        (["names.example:1", "127.0.0.1:1"], "names.example:1 is one of several and no IP"),
        (["127.0.0.1:1", "[::1]:1"], "IPv4 and IPv6 addresses together"),
        ("names.example:99999", "address: names.example:99999 is not host:port"),
        ("names.example:0", "address: names.example:0 is not host:port"),
        ("names.example:abc", "address: names.example:abc is not host:port"),
        ("names.example:", "address: names.example: is not host:port"),
        ("a b", "address: a b is not host:port"),
        ("names.example:1/path", "address: names.example:1/path is not host:port"),
        ("names.example:1,", "address: names.example:1, is not host:port"),
        (["127.0.0.1:1", ""], "address:  is not host:port"),
        ("ipv4:127.0.0.1:x", "address: 127.0.0.1:x is not host:port"),
        ("http://localhost:1", "http://localhost:1 is a URL, host:port is expected"),
    ],
)
def test_an_address_that_gRPC_cannot_call_is_refused(  # noqa: N802 - gRPC's name
    kind: type[Client | AsyncClient], addresses: str | list[str], message: str
) -> None:
    """The message names the address, and says which one is expected."""
    with pytest.raises(ValueError, match=message):
        kind(addresses)


def test_several_addresses_need_the_name_in_their_certificates() -> None:
    """A certificate holds no list of addresses."""
    with pytest.raises(ValueError, match="several addresses need a server_name"):
        Client(["127.0.0.1:1", "127.0.0.1:2"], tls=TLS())


def test_an_address_without_a_port_has_that_of_the_server() -> None:
    """Names, IP addresses of both versions and targets of the DNS get it; others stay."""
    for given, target in (
        ("names.example", "names.example:50051"),
        ("::1", "[::1]:50051"),
        ("dns:///names.example", "dns:///names.example:50051"),
        ("unix:/run/a.sock", "unix:/run/a.sock"),
        ("ipv4:127.0.0.1", "ipv4:127.0.0.1:50051"),
        ("ipv6:[::1]:1,[::2]", "ipv6:[::1]:1,[::2]:50051"),
        ("dns://1.1.1.1/names.example", "dns://1.1.1.1/names.example:50051"),
        (["127.0.0.1", "localhost:1"], "ipv4:127.0.0.1:50051,127.0.0.1:1"),
        (["::1", "[::2]:1"], "ipv6:[::1]:50051,[::2]:1"),
    ):
        with Client(given) as client:
            assert client._target.address == target


def test_no_server_is_told_by_the_addresses() -> None:
    """The message holds all of them."""
    told = r"ipv4:127\.0\.0\.1:1,127\.0\.0\.1:2 cannot be reached"
    with (
        Client(["127.0.0.1:1", "127.0.0.1:2"], retry=None) as client,
        pytest.raises(UnavailableError, match=told),
    ):
        client.generate(1)
