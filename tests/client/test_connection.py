"""How a server is reached: retries, deadlines, lateness, TLS, cancellation."""

import asyncio
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import grpc
import pytest
import trustme
from grpc_health.v1 import health, health_pb2

from fakes import Fake, Stuck, serving, status
from namesmith_client import (
    TLS,
    AsyncClient,
    Client,
    DeadlineExceededError,
    Health,
    NamesmithError,
    UnavailableError,
)
from namesmith_client._channel import SERVICE_CONFIG
from processes import running

Caller = Callable[..., Any]
Connect = Callable[..., AbstractContextManager[Caller]]

UNAVAILABLE = status(grpc.StatusCode.UNAVAILABLE, "not yet")
TRIES = 5


@pytest.fixture
def free_address() -> str:
    """Where nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


def test_unavailable_is_tried_again(connect: Connect) -> None:
    """A call outlives four refusals."""
    service = Fake(*[UNAVAILABLE] * (TRIES - 1))
    with serving(service) as address, connect(address) as call:
        assert call("generate", 1).names == ("anna",)
    assert service.tries == TRIES


def test_unavailable_for_good_is_an_error(connect: Connect) -> None:
    """After five tries the last refusal is what the caller hears."""
    service = Fake(*[UNAVAILABLE] * 100)
    with (
        serving(service) as address,
        connect(address) as call,
        pytest.raises(UnavailableError, match=r"^not yet$"),
    ):
        call("generate", 1)
    assert service.tries == TRIES


def test_only_unavailable_is_retried_and_health_never() -> None:
    """The service config names one code, and of health only the watch that wait_ready keeps."""
    (config,) = SERVICE_CONFIG["methodConfig"]
    assert config["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
    assert [one.get("method") for one in config["name"] if "Health" in one["service"]] == ["Watch"]


def test_a_call_before_the_server_listens_succeeds(free_address: str) -> None:
    """The first try finds nothing; a later one finds the server that has started meanwhile."""
    refused = threading.Event()

    def watch(state: grpc.ChannelConnectivity) -> None:
        if state is grpc.ChannelConnectivity.TRANSIENT_FAILURE:
            refused.set()

    with Client(free_address) as client:
        client._channel.subscribe(watch)
        names: list[str] = []
        caller = threading.Thread(target=lambda: names.extend(client.generate(1).names))
        caller.start()
        assert refused.wait(30)
        with serving(Fake(), free_address):
            caller.join(30)
        client._channel.unsubscribe(watch)
    assert names == ["anna"]


def test_wait_ready_outlives_a_server_that_is_not_there_yet(
    connect: Connect, free_address: str
) -> None:
    """It returns once a server that starts later serves."""
    ready = threading.Event()

    def wait() -> None:
        with connect(free_address) as call:
            call("wait_ready", timeout=60)
            assert call("health") is Health.SERVING
        ready.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    with running("--address", free_address):
        assert ready.wait(60)
    waiter.join(30)


def test_wait_ready_waits_for_serving_not_for_a_connection(connect: Connect) -> None:
    """A server that answers NOT_SERVING is not ready; one that turns to SERVING is."""
    servicer = health.HealthServicer()
    servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    with serving(Fake(), health=servicer) as address, connect(address) as call:
        assert call("health") is Health.NOT_SERVING
        with pytest.raises(DeadlineExceededError):
            call("wait_ready", timeout=0.2)
        servicer.set("", health_pb2.HealthCheckResponse.SERVING)
        call("wait_ready")


@pytest.mark.parametrize(("client", "own"), [(0.1, None), (30.0, 0.1), (None, 0.1)])
def test_the_deadline_is_the_calls_or_else_the_clients(
    connect: Connect, stuck: tuple[Stuck, str], client: float | None, own: float | None
) -> None:
    """No answer in time ends the call on both sides; the message names deadline and address."""
    service, address = stuck
    with (
        connect(address, timeout=client) as call,
        pytest.raises(
            DeadlineExceededError, match=f"^deadline of 0.1 s exceeded, calling {address}"
        ),
    ):
        call("generate", 1, timeout=own)
    # On a busy machine the deadline may pass before the server has heard of the call.
    assert not service.called.is_set() or service.ended.wait(30)


def test_a_stream_has_a_deadline_only_of_its_own(
    connect: Connect, server: str, stuck: tuple[Stuck, str]
) -> None:
    """The client's is for calls that end soon; a stream's own ends it, either way round."""
    with connect(server, timeout=1e-6) as call:
        assert len(list(call("stream", 3))) == 3
        assert call("evaluate_names", ["anna"]).names == 1
        with pytest.raises(DeadlineExceededError, match=r"^deadline of 0.1 s exceeded"):
            call("evaluate_names", itertools.repeat("anna"), timeout=0.1)
        with pytest.raises(ValueError, match="timeout: 0 is not in"):
            call("stream", 3, timeout=0)
    service, address = stuck
    with (
        connect(address) as call,
        pytest.raises(DeadlineExceededError, match=r"^deadline of 0.1 s exceeded"),
    ):
        next(iter(call("stream", 3, timeout=0.1)))
    assert service.ended.wait(30)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("generate", (1,)),
        ("stream", (1,)),
        ("evaluate_names", (["anna"],)),
        ("models", ()),
        ("wait_ready", ()),
    ],
)
def test_a_closed_client_says_so(
    connect: Connect, server: str, operation: str, arguments: tuple[object, ...]
) -> None:
    """Closed twice it stays closed; every operation is refused before it is made."""
    with connect(server) as call:
        call("health")
        call("close")
        call("close")
        with pytest.raises(RuntimeError, match=r"^the client is closed$"):
            call(operation, *arguments)


def test_closing_the_client_ends_its_streams(connect: Connect, server: str) -> None:
    """Whoever still reads hears that the call was cancelled, and not that the names are over."""
    with connect(server) as call:
        names = iter(call("stream", 10**9))
        next(names)
        call("close")
        with pytest.raises(NamesmithError, match="its client or its stream was closed") as caught:
            for _ in names:
                pass
    assert caught.value.code is grpc.StatusCode.CANCELLED


async def test_closing_the_client_fails_its_calls(stuck: tuple[Stuck, str]) -> None:
    """A task that awaits a call of a client that another closes fails, and is not cancelled."""
    service, address = stuck
    client = AsyncClient(address)
    task = asyncio.ensure_future(client.generate(1))
    await asyncio.to_thread(service.called.wait, 30)
    await client.close()
    with pytest.raises(NamesmithError, match="its client or its stream was closed"):
        await task


async def test_cancelling_the_task_cancels_the_call(stuck: tuple[Stuck, str]) -> None:
    """The server learns of it, and the task ends as cancelled tasks do."""
    service, address = stuck
    async with AsyncClient(address) as client:
        task = asyncio.ensure_future(client.generate(1))
        await asyncio.to_thread(service.called.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(service.ended.wait, 30)


async def test_calls_of_an_async_client_run_side_by_side(server: str) -> None:
    """Many calls share one client, each with its own answer."""
    async with AsyncClient(server) as client:
        results = await asyncio.gather(*(client.generate(2, seed=i) for i in range(50)))
    assert [result.seed for result in results] == list(range(50))


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_an_address_or_timeout_that_cannot_be_is_refused(kind: Callable[..., object]) -> None:
    """The error names the argument, its value and its bound."""
    with pytest.raises(ValueError, match="address: is empty"):
        kind("")
    for timeout in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=rf"timeout: {timeout} is not in \(0, 1000000\]"):
            kind("localhost:1", timeout=timeout)
    with pytest.raises(ValueError, match="root_certificates: hold no PEM certificate"):
        TLS(b"junk")
    with pytest.raises(TypeError, match="root_certificates: str, the bytes of a PEM file are"):
        TLS("root.pem")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="tls: True, a TLS or None is expected"):
        kind("localhost:1", tls=True)


async def test_thousands_of_calls_at_once_on_one_connection_are_all_answered(server: str) -> None:
    """Whether the server has room for them or they wait in the client."""
    async with AsyncClient(server, timeout=120) as client:
        names = await asyncio.gather(*(client.generate(1, seed=i) for i in range(3_000)))
        assert names[2_999] == await client.generate(1, seed=2_999)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Signs the certificates."""
    return trustme.CA()


@pytest.fixture(scope="module")
def tls_server(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server process whose certificate says names.example."""
    folder = tmp_path_factory.mktemp("tls")
    certificate = authority.issue_cert("names.example")
    chain = b"".join(part.bytes() for part in certificate.cert_chain_pems)
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    options = ("--tls-certificate", folder / "chain.pem", "--tls-key", folder / "key.pem")
    with running(*options) as process:
        yield process.address


def test_tls_reaches_a_server_whose_certificate_is_trusted(
    connect: Connect, authority: trustme.CA, tls_server: str
) -> None:
    """With the right authority and name the calls work, encrypted."""
    tls = TLS(authority.cert_pem.bytes(), server_name="names.example")
    with connect(tls_server, tls=tls) as call:
        assert len(call("generate", 3).names) == 3
        assert call("health") is Health.SERVING


def test_tls_refuses_every_other_server(
    connect: Connect, authority: trustme.CA, tls_server: str, server: str
) -> None:
    """Another authority, another name or no encryption at all: no call is made."""
    trusted = authority.cert_pem.bytes()
    for address, tls in (
        (tls_server, TLS(trustme.CA().cert_pem.bytes(), server_name="names.example")),
        (tls_server, TLS(trusted, server_name="other.example")),
        (tls_server, TLS(trusted)),
        (tls_server, TLS(server_name="names.example")),
        (tls_server, None),
        (server, TLS(trusted, server_name="names.example")),
    ):
        with connect(address, tls=tls) as call, pytest.raises(UnavailableError):
            call("health")
