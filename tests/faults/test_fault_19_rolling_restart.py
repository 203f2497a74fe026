"""Fault 19: servers are restarted one after another under load."""

import asyncio
import json
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sized
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import grpc
import pytest

from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith.v1.names_pb2_grpc import NameServiceStub
from namesmith_client import AsyncClient, Client, NamesmithError, Retry
from namesmith_client._service_config import service_config
from processes import running

CALLERS = 8
"""Number of blocking callers, of asynchronous ones, and of those of a plain gRPC client."""

RETRYING = [("grpc.service_config", json.dumps(service_config(Retry(), has_health_checks=False)))]
"""Channel arguments of a plain client that retries UNAVAILABLE, as any gRPC client can."""

RETRIED = 2.9
"""Seconds that a port may be closed at most for every call to be answered. The client's tries last
4.1 seconds at least, and a connection is tried again within 1.2. On a machine whose processors are
kept from the test a start takes longer."""

DRAIN_DELAY = 0.5
"""Seconds after a signal at which the port closes, by default."""


@dataclass
class Calls:
    """The calls of the project's clients, and of a plain one.

    Attributes:
        answered: number of the calls that were answered.
        failures: failures of the others.
        closed: most seconds for which a port was closed.
    """

    answered: int = 0
    closed: float = 0.0
    failures: list[NamesmithError | grpc.RpcError] = field(default_factory=list)


def repeat(calls: Calls, over: threading.Event, ask: Callable[[], Sized]) -> None:
    """Ask for five names again and again until it is over."""
    while not over.is_set():
        try:
            assert len(ask()) == 5
            calls.answered += 1
        except (NamesmithError, grpc.RpcError) as error:
            calls.failures.append(error)


@contextmanager
def calling(address: str) -> Iterator[Calls]:
    """Call without a pause until the end of the block, through every kind of client."""
    calls, over = Calls(), threading.Event()

    def call() -> None:
        with Client(address) as client:
            repeat(calls, over, lambda: client.generate(5).names)

    def call_plainly() -> None:
        with grpc.insecure_channel(address, RETRYING) as channel:
            stub = NameServiceStub(channel)
            repeat(calls, over, lambda: stub.GenerateNames(GenerateNamesRequest(count=5)).names)

    async def call_async() -> None:
        async with AsyncClient(address) as client:
            while not over.is_set():
                try:
                    assert len((await client.generate(5)).names) == 5
                    calls.answered += 1
                except NamesmithError as error:
                    calls.failures.append(error)

    async def call_all() -> None:
        await asyncio.gather(*(call_async() for _ in range(CALLERS)))

    callers = [threading.Thread(target=one) for one in (call, call_plainly) * CALLERS]
    callers.append(threading.Thread(target=lambda: asyncio.run(call_all())))
    for caller in callers:
        caller.start()
    try:
        yield calls
    finally:
        over.set()
        for caller in callers:
            caller.join(60)


def free_ports(count: int) -> list[int]:
    """Find ports at which nothing listens."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def roll(servers: int, rounds: int) -> Calls:
    """Restart each of some servers behind one address, one after another, under load."""
    places = [f"127.0.0.1:{port}" for port in free_ports(servers)]
    with ExitStack() as stack:
        running_now = {}
        for place in places:
            own = stack.enter_context(ExitStack())
            running_now[place] = own, own.enter_context(running("--address", place))
        with calling(f"ipv4:{','.join(places)}") as calls:
            for _ in range(rounds):
                for place, (own, server) in list(running_now.items()):
                    before, signalled = calls.answered, time.monotonic()
                    server.process.send_signal(signal.SIGTERM)
                    list(server.events())
                    assert server.process.wait(60) == 0
                    own.close()
                    running_now[place] = own, own.enter_context(running("--address", place))
                    closed = time.monotonic() - signalled - DRAIN_DELAY
                    calls.closed = max(calls.closed, closed)
                    while calls.answered < before + 100 and not calls.failures:
                        threading.Event().wait(0.01)
    return calls


def test_fault_19_the_restart_of_a_server_fails_no_call() -> None:
    """The client's retries bridge the time in which nothing listens on the port."""
    calls = roll(servers=1, rounds=1)
    assert not calls.failures or calls.closed > RETRIED


@pytest.mark.slow
@pytest.mark.parametrize("servers", [1, 3])
def test_fault_19_five_rolling_restarts_fail_no_call(servers: int) -> None:
    """Five restarts of each server under 24 callers fail no call of any client."""
    calls = roll(servers, rounds=5)
    assert not calls.failures or (servers == 1 and calls.closed > RETRIED)
    assert calls.answered
