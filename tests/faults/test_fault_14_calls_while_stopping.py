"""Fault 14: a signal that stops the server finds calls in flight, and more calls come."""

import asyncio
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from hostile import Connection, message
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest, StreamNamesRequest
from processes import ServerProcess, running

CALLERS = 64

GENERATE = "namesmith.v1.NameService/GenerateNames"

WORKERS = pytest.mark.parametrize("workers", ["1", "2"])

OWN = [("grpc.use_local_subchannel_pool", 1)]
"""Channel arguments that give every channel a connection of its own."""


@dataclass
class Outcomes:
    """The statuses that callers have seen.

    Attributes:
        calls: start of each call, on the monotonic clock, and its status.
        callers: numbers of the callers that have made a call.
    """

    calls: list[tuple[float, grpc.StatusCode]] = field(default_factory=list)
    callers: set[int] = field(default_factory=set)


@contextmanager
def calling(address: str, count: int) -> Iterator[Outcomes]:
    """Call without a pause over ``count`` connections, until a call fails on each of them."""
    outcomes = Outcomes()

    def call(number: int) -> None:
        with grpc.insecure_channel(address, OWN) as channel:
            stub = names_pb2_grpc.NameServiceStub(channel)
            while True:
                began = time.monotonic()
                code = grpc.StatusCode.OK
                try:
                    stub.GenerateNames(GenerateNamesRequest(count=5), timeout=60)
                except grpc.RpcError as error:
                    code = error.code()  # type: ignore[attr-defined] - of a call
                outcomes.calls.append((began, code))
                outcomes.callers.add(number)
                if code is not grpc.StatusCode.OK:
                    return

    callers = [threading.Thread(target=call, args=(number,)) for number in range(count)]
    for caller in callers:
        caller.start()
    try:
        yield outcomes
    finally:
        for caller in callers:
            caller.join(60)


def stop(server: ServerProcess) -> int:
    """Send SIGTERM, read the log to its end, and return the exit status."""
    server.process.send_signal(signal.SIGTERM)
    list(server.events())
    return server.process.wait(60)


def shut_down_under_load(callers: int) -> Counter[grpc.StatusCode]:
    """Stop a server under ``callers`` busy connections; return the statuses of all calls."""
    with running() as server, calling(server.address, callers) as seen:
        while len(seen.callers) < callers:
            time.sleep(0.01)
        signalled = time.monotonic()
        assert stop(server) == 0
    in_flight = {code for began, code in seen.calls if began < signalled}
    assert in_flight == {grpc.StatusCode.OK}
    return Counter(code for _, code in seen.calls)


def test_fault_14_busy_connections_see_no_other_status_than_unavailable() -> None:
    """Calls in flight at SIGTERM are OK; the last call of each connection is UNAVAILABLE."""
    statuses = shut_down_under_load(16)
    assert set(statuses) == {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}
    assert statuses[grpc.StatusCode.UNAVAILABLE] == 16


@pytest.mark.slow
def test_fault_14_twenty_shutdowns_under_64_callers_cancel_nothing() -> None:
    """No call in 20 shutdowns under 64 callers is CANCELLED, and none in flight fails."""
    statuses = sum((shut_down_under_load(CALLERS) for _ in range(20)), Counter())
    assert set(statuses) == {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}
    assert statuses[grpc.StatusCode.UNAVAILABLE] == 20 * CALLERS


async def test_fault_14_asynchronous_callers_of_one_connection_see_no_cancelled_call() -> None:
    """64 callers that share a connection of grpc.aio see OK until it ends, then UNAVAILABLE."""
    seen: Counter[grpc.StatusCode] = Counter()
    busy = asyncio.Event()
    with running() as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub = names_pb2_grpc.NameServiceStub(channel)

            async def call() -> None:
                while True:
                    try:
                        await stub.GenerateNames(GenerateNamesRequest(count=5), timeout=60)
                    except grpc.aio.AioRpcError as error:
                        seen[error.code()] += 1
                        return
                    seen[grpc.StatusCode.OK] += 1
                    if seen[grpc.StatusCode.OK] == CALLERS * 4:
                        busy.set()

            callers = [asyncio.ensure_future(call()) for _ in range(CALLERS)]
            await busy.wait()
            assert await asyncio.to_thread(stop, server) == 0
            await asyncio.gather(*callers)
    assert set(seen) == {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}


def watch(channel: grpc.Channel) -> Iterator[health_pb2.HealthCheckResponse]:
    """Watch the health of the server."""
    request = health_pb2.HealthCheckRequest()
    stub: Any = health_pb2_grpc.HealthStub(channel)  # its type stub has no methods
    return iter(stub.Watch(request))


def stream(channel: grpc.Channel) -> Iterator[object]:
    """Stream more names than any grace has time for."""
    return iter(
        names_pb2_grpc.NameServiceStub(channel).StreamNames(StreamNamesRequest(count=10**9))
    )


@pytest.mark.parametrize("begin", [watch, stream])
def test_fault_14_calls_without_an_end_are_unavailable(
    begin: Callable[[grpc.Channel], Iterator[object]],
) -> None:
    """A call that would go on for ever ends as UNAVAILABLE, with details and a time to retry."""
    with (
        running("--grace-seconds", "0.2") as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        messages = begin(channel)
        next(messages)
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(grpc.RpcError) as caught:
            list(messages)
        assert server.process.wait(60) == 0
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    status = rpc_status.from_call(caught.value)
    retry = error_details_pb2.RetryInfo()
    assert any(detail.Unpack(retry) for detail in status.details)
    assert retry.retry_delay.ToTimedelta().total_seconds() > 0


def test_fault_14_watchers_are_told_before_their_call_ends() -> None:
    """A Watch call goes from SERVING to NOT_SERVING, and only then ends."""
    with running() as server, grpc.insecure_channel(server.address) as channel:
        states = watch(channel)
        seen = [next(states).status]
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(grpc.RpcError) as caught:
            seen.extend(answer.status for answer in states)
    known = health_pb2.HealthCheckResponse
    assert seen == [known.SERVING, known.NOT_SERVING]
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


@WORKERS
def test_fault_14_calls_are_answered_in_the_drain_delay(workers: str) -> None:
    """In the delay health is NOT_SERVING, and calls are answered, on new connections too."""
    with (
        running("--drain-delay-seconds", "4", "--workers", workers) as server,
        grpc.insecure_channel(server.address, OWN) as channel,
        grpc.insecure_channel(server.address, OWN) as other,
    ):
        states = watch(channel)
        next(states)
        server.process.send_signal(signal.SIGTERM)
        assert next(states).status == health_pb2.HealthCheckResponse.NOT_SERVING
        answer = health_pb2_grpc.HealthStub(other).Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING
        names = names_pb2_grpc.NameServiceStub(other).GenerateNames(GenerateNamesRequest(count=3))
        assert len(names.names) == 3


def accepts(address: str) -> bool:
    """Tell whether a new connection is taken."""
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


@WORKERS
def test_fault_14_the_port_stays_open_for_the_delay(workers: str) -> None:
    """Watchers are told NOT_SERVING before the port closes, the delay earlier at least."""
    with (
        running("--drain-delay-seconds", "1.5", "--workers", workers) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        states = watch(channel)
        next(states)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert next(states).status == health_pb2.HealthCheckResponse.NOT_SERVING
        assert accepts(server.address)
        with pytest.raises(grpc.RpcError) as caught:
            list(states)
        assert time.monotonic() - began >= 1.5
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        until = began + 30  # another worker closes its end of the port a moment later
        while accepts(server.address) and time.monotonic() < until:
            pass
        assert not accepts(server.address)
        assert server.process.wait(60) == 0


def test_fault_14_without_a_delay_the_port_closes_at_once() -> None:
    """A delay of 0 is allowed: new calls are refused as UNAVAILABLE, calls in flight end."""
    with (
        running("--drain-delay-seconds", "0") as server,
        grpc.insecure_channel(server.address, OWN) as channel,
    ):
        messages = stream(channel)
        next(messages)
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        while accepts(server.address):
            time.sleep(0.01)
        next(messages)
        with pytest.raises(grpc.RpcError) as caught:
            names_pb2_grpc.NameServiceStub(channel).GenerateNames(GenerateNamesRequest(count=1))
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        retry = error_details_pb2.RetryInfo()
        status = rpc_status.from_call(caught.value)
        assert any(detail.Unpack(retry) for detail in status.details)
        messages.cancel()  # type: ignore[attr-defined] - of a call
        assert server.process.wait(60) == 0


@pytest.mark.slow
@WORKERS
def test_fault_14_a_long_delay_is_not_taken_for_a_drain_that_hangs(workers: str) -> None:
    """A delay that outlasts the patience with a stuck drain ends as any other, with 0."""
    options = ("--drain-delay-seconds", "10", "--grace-seconds", "0", "--workers", workers)
    with running(*options) as server, grpc.insecure_channel(server.address) as channel:
        stub = names_pb2_grpc.NameServiceStub(channel)
        server.process.send_signal(signal.SIGTERM)
        assert stub.GenerateNames(GenerateNamesRequest(count=3)).names
        events = {event["event"] for event in server.events()}
        assert server.process.wait(60) == 0
    assert events == {"draining", "stopped"}


def test_fault_14_an_idle_connection_ends_without_a_loss() -> None:
    """The end of a connection follows the last answer on it: h2 sees each whole, then the end."""
    body = message(GenerateNamesRequest(count=20_000).SerializeToString())
    with running() as server, Connection(server.address) as one, Connection(server.address) as idle:
        calls = [one.call(GENERATE, body) for _ in range(8)]
        server.process.send_signal(signal.SIGTERM)
        one.wait(lambda: one.closed)
        idle.wait(lambda: idle.closed)
        assert {one.answers[call].status for call in calls} == {"OK"}
        assert one.closed
        assert idle.closed
        assert server.process.wait(60) == 0


@pytest.mark.parametrize("method", ["/namesmith.v1.NameService/EvaluateNames", "/none.of/These"])
def test_fault_14_unfinished_and_unknown_calls_are_never_cancelled(method: str) -> None:
    """A call whose messages never come, to a known or unknown method, is not CANCELLED."""
    with (
        running("--grace-seconds", "0.2") as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        names_pb2_grpc.NameServiceStub(channel).GenerateNames(GenerateNamesRequest(count=1))
        call = channel.stream_stream(method)(iter(threading.Event().wait, None))
        assert stop(server) == 0
        assert call.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNIMPLEMENTED}
