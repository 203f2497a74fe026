"""Retries of calls, and waiting for a server."""

import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2

from fakes import Fake, serving, status
from namesmith_client import (
    Client,
    DeadlineExceededError,
    Health,
    Retry,
    UnavailableError,
)
from namesmith_client._service_config import service_config
from processes import running

Caller = Callable[..., Any]


Connect = Callable[..., AbstractContextManager[Caller]]


UNAVAILABLE = status(grpc.StatusCode.UNAVAILABLE, "not yet")


TRIES = 5


@pytest.fixture
def free_address() -> str:
    """Find an address at which nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


def test_an_unavailable_server_is_tried_again(connect: Connect) -> None:
    """A call succeeds after four refusals."""
    service = Fake(*[UNAVAILABLE] * (TRIES - 1))
    with serving(service) as address, connect(address) as call:
        assert call("generate", 1).names == ("anna",)
    assert service.tries == TRIES


def test_the_last_refusal_of_an_unavailable_server_is_raised(connect: Connect) -> None:
    """After five tries the caller gets the last refusal."""
    service = Fake(*[UNAVAILABLE] * 100)
    with (
        serving(service) as address,
        connect(address) as call,
        pytest.raises(UnavailableError, match=r"^not yet$"),
    ):
        call("generate", 1)
    assert service.tries == TRIES


def test_only_unavailable_is_retried_and_health_never() -> None:
    """The retry policy names one code, and of health only the method that wait_ready calls."""
    (config,) = service_config(Retry(), has_health_checks=False)["methodConfig"]
    assert config["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
    assert [one.get("method") for one in config["name"] if "Health" in one["service"]] == ["Watch"]


def test_a_call_before_the_server_listens_succeeds(free_address: str) -> None:
    """The first try finds no server; a later one finds the server that has started meanwhile."""
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


def test_wait_ready_waits_for_a_server_that_starts_later(
    connect: Connect, free_address: str
) -> None:
    """The call of ``wait_ready`` returns once the server serves."""
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
    """A server that answers NOT_SERVING is not ready; it is ready once it answers SERVING."""
    servicer = health.HealthServicer()
    servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    with serving(Fake(), health=servicer) as address, connect(address) as call:
        assert call("health") is Health.NOT_SERVING
        with pytest.raises(DeadlineExceededError):
            call("wait_ready", timeout=0.2)
        servicer.set("", health_pb2.HealthCheckResponse.SERVING)
        call("wait_ready")
