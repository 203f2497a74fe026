"""The settings of a client and of its calls: metadata, interceptors, channels, retries, values."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2 as details
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from fakes import Fake, serving, status
from namesmith_client import (
    AsyncClient,
    Client,
    Constraint,
    DeadlineExceededError,
    NamesmithError,
    ResourceExhaustedError,
    Retry,
    Sampling,
)
from namesmith_client._retry import Tries
from namesmith_client.errors import ErrorDetails

Caller = Callable[..., Any]
Connect = Callable[..., AbstractContextManager[Caller]]

DELAY = 0.2
"""Seconds after which the overloaded service wants another try."""

OVERLOADED = status(
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    "busy",
    details.RetryInfo(retry_delay=Duration(nanos=int(DELAY * 1e9))),
)


class Marking(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc] # it is generic in stubs alone
    """An interceptor that adds metadata to unary calls."""

    def intercept_unary_unary(self, continuation: Any, call: Any, request: Any) -> Any:
        """Add the metadata x-marked."""
        return continuation(marked(call), request)


class AsyncMarking(grpc.aio.UnaryUnaryClientInterceptor):
    """An interceptor that adds metadata to unary calls of asynchronous channels."""

    async def intercept_unary_unary(self, continuation: Any, call: Any, request: Any) -> Any:
        """Add the metadata x-marked."""
        return await continuation(marked(call), request)


def marked(call: Any) -> Any:
    """Return the details of a call with one more pair of metadata."""
    return call._replace(metadata=(*(call.metadata or ()), ("x-marked", "yes")))


@pytest.mark.parametrize("operation", ["generate", "stream"])
def test_an_overloaded_server_is_tried_again_after_its_delay(
    connect: Connect, operation: str
) -> None:
    """Unary calls and streams that have not begun are made again, and succeed."""
    service = Fake(OVERLOADED, OVERLOADED)
    began = time.monotonic()
    with serving(service) as address, connect(address) as call:
        found = call(operation, 1)
        assert list(found.names if operation == "generate" else found) == ["anna"]
    assert service.tries == 3
    assert time.monotonic() - began >= 2 * DELAY


def test_names_that_can_be_sent_again_are_uploaded_again(connect: Connect) -> None:
    """A collection is tried again, whole; an iterator, whose names are gone, is not."""
    names = ["anna"] * 9_000
    service = Fake(OVERLOADED, OVERLOADED)
    with serving(service) as address, connect(address) as call:
        assert call("evaluate_names", names).names == len(names)
        assert service.tries == 3
        service.failures.append(OVERLOADED)
        with pytest.raises(ResourceExhaustedError, match="busy"):
            call("evaluate_names", iter(names))
    assert service.tries == 4


@pytest.mark.parametrize("told", [-1.0, 0.0, 0.2])
def test_another_try_waits_a_least_time_and_callers_come_apart(told: float) -> None:
    """Whatever delay a server tells, and never so long that the try has no time left."""
    error = ResourceExhaustedError(
        grpc.StatusCode.RESOURCE_EXHAUSTED, "busy", ErrorDetails(retry_delay=told)
    )
    least = max(told, Retry().first_backoff)
    waits = [Tries(Retry(), None).wait_after(error) for _ in range(50)]
    assert all(wait is not None and least <= wait <= 1.2 * least for wait in waits)
    assert len(set(waits)) > 40
    short = Tries(Retry(), least * 1.01).wait_after(error)
    assert short is not None
    assert short < least * 1.01
    assert Tries(Retry(), least * 0.9).wait_after(error) is None


def test_an_overloaded_server_is_not_tried_beyond_the_deadline_or_five_times(
    connect: Connect,
) -> None:
    """The caller gets the refusal, and at once where no time is left for another try."""
    service = Fake(*[OVERLOADED] * 100)
    with serving(service) as address, connect(address) as call:
        for operation, timeout, tries in (("generate", DELAY, 1), ("stream", DELAY, 1)):
            with pytest.raises((ResourceExhaustedError, DeadlineExceededError)):
                list(call(operation, 1, timeout=timeout))
            assert service.tries == tries
            service.tries = 0
        with pytest.raises(ResourceExhaustedError, match=r"^busy$"):
            call("generate", 1)
        assert service.tries == 5


def test_no_call_is_tried_again_without_rules() -> None:
    """Neither an overloaded nor an unavailable server is asked twice."""
    for sent in (OVERLOADED, status(grpc.StatusCode.UNAVAILABLE, "not yet")):
        service = Fake(sent)
        with serving(service) as address, Client(address, retry=None) as client:
            with pytest.raises(NamesmithError):
                client.generate(1)
            assert service.tries == 1


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"attempts": 6}, r"attempts: 6 is not in \[2, 5\]"),
        ({"first_backoff": 0.0}, r"first_backoff: 0.0 is not in \(0, 60\]"),
        ({"most_backoff": float("nan")}, r"most_backoff: nan is not in \[0.1, 60.0\]"),
        ({"multiplier": 0.5}, r"multiplier: 0.5 is not in \[1, 10\]"),
    ],
)
def test_rules_out_of_range_are_refused(rules: dict[str, Any], message: str) -> None:
    """The message names the rule, its value and its bounds."""
    with pytest.raises(ValueError, match=message):
        Retry(**rules)


async def test_metadata_of_client_view_and_call_are_sent_together() -> None:
    """A mapping or pairs; keys in upper case are sent in lower case, bytes as they are."""
    service = Fake()
    expected = {"one": "1", "two-bin": b"\xff", "three": "3"}
    with serving(service) as address:
        with Client(address, metadata={"One": "1"}) as client:
            view = client.with_options(metadata=[("two-bin", b"\xff")])
            view.generate(1, metadata={"three": "3"})
            assert expected.items() <= service.metadata.items()
            list(view.stream(1, metadata={"three": "4"}))
            assert (expected | {"three": "4"}).items() <= service.metadata.items()
            client.generate(1)
            assert "two-bin" not in service.metadata
        async with AsyncClient(address, metadata={"one": "1"}) as other:
            elsewhere = other.with_options(metadata=[("two-bin", b"\xff")])
            await elsewhere.generate(1, metadata={"three": "3"})
            assert expected.items() <= service.metadata.items()


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("metadata", "error", "message"),
    [
        ({"a b": "s3cret"}, ValueError, "metadata: key 'a b', 1 to 128 of a-z"),
        ({"grpc-timeout": "s3cret"}, ValueError, "metadata: key 'grpc-timeout'"),
        ({"a": "s3cret\n"}, ValueError, "metadata: value of 'a': up to 4096 visible ASCII"),
        ({"a-bin": "s3cret"}, TypeError, "metadata: value of 'a-bin': str, bytes are expected"),
    ],
)
def test_malformed_metadata_is_refused_without_its_value(
    kind: Any, metadata: Any, error: type[Exception], message: str
) -> None:
    """The message names the key, for the value may be a secret."""
    with pytest.raises(error, match=message) as caught:
        kind("localhost:1", metadata=metadata)
    assert "s3cret" not in str(caught.value)


def test_a_view_has_a_timeout_of_its_own_and_ends_with_its_client(server: str) -> None:
    """It shares the connection: closing the view closes nothing, closing the client the view."""
    client = Client(server)
    with client.with_options(timeout=1e-3) as view, pytest.raises(DeadlineExceededError):
        view.generate(60_000)  # is the work of tens of milliseconds
    assert len(client.with_options(timeout=None).generate(1).names) == 1
    client.close()
    with pytest.raises(RuntimeError, match="the client is closed"):
        view.generate(1)
    with pytest.raises(ValueError, match=r"timeout: 0 is not in"):
        client.with_options(timeout=0)


async def test_interceptors_see_the_calls() -> None:
    """Each kind of client takes the interceptors of its kind of channel, and refuses others."""
    service = Fake()
    with serving(service) as address:
        with Client(address, interceptors=[Marking()]) as client:
            client.generate(1)
        assert service.metadata.pop("x-marked") == "yes"
        async with AsyncClient(address, interceptors=[AsyncMarking()]) as other:
            await other.generate(1)
        assert service.metadata.pop("x-marked") == "yes"
    with pytest.raises(TypeError, match=r"interceptors: .* no interceptor of a grpc.Channel"):
        Client("localhost:1", interceptors=[AsyncMarking()])  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"interceptors: .* no interceptor of a grpc.aio.Channel"):
        AsyncClient("localhost:1", interceptors=[Marking()])  # type: ignore[list-item]


async def test_a_given_channel_is_its_owners_to_close(server: str) -> None:
    """Calls go over it, and it can be used when the client is closed."""
    with grpc.insecure_channel(server) as channel:
        for _ in range(2):
            with Client(server, channel=channel, token="s3cret") as client:
                assert len(client.generate(2).names) == 2
        with pytest.raises(ValueError, match="channel: goes without tls, channel_options"):
            Client(server, channel=channel, channel_options=[("grpc.max_metadata_size", 1)])
    async with grpc.aio.insecure_channel(server) as other:
        for _ in range(2):
            async with AsyncClient(server, channel=other) as waiting:
                assert len((await waiting.generate(2)).names) == 2


async def test_options_and_compression_reach_the_channel(server: str) -> None:
    """An option overrides the client's own: answers may be larger, or must be smaller."""
    small = [("grpc.max_receive_message_length", 100)]
    with Client(server, channel_options=small) as client, pytest.raises(ResourceExhaustedError):
        client.generate(100)
    async with AsyncClient(server, channel_options=small) as other:
        with pytest.raises(ResourceExhaustedError):
            await other.generate(100)
    with Client(server, compression=grpc.Compression.Gzip) as client:
        assert len(client.score(["anna"] * 1_000).log_probs) == 1_000


def test_a_constraint_is_measured_and_then_sampled(call: Caller) -> None:
    """Values stand for their keywords, beside others, and can be used again."""
    constraint = Constraint(prefix="ka", forbidden=(one for one in ["kaa", "kab"]))
    sampling = Sampling(temperature=0.8)
    assert call("measure", constraint=constraint) == call(
        "measure", prefix="ka", forbidden=["kaa", "kab"]
    )
    assert call(
        "generate", 5, seed=1, constraint=constraint, sampling=sampling, suffix="a"
    ) == call(
        "generate", 5, seed=1, prefix="ka", forbidden=["kaa", "kab"], temperature=0.8, suffix="a"
    )


def test_a_field_is_given_once(connect: Connect) -> None:
    """Neither the value nor the keyword wins silently."""
    with connect("localhost:1") as call:
        with pytest.raises(ValueError, match=r"^prefix: is given by itself and in constraint$"):
            call("generate", 1, prefix="a", constraint=Constraint(prefix="b"))
        with pytest.raises(ValueError, match=r"^top_k: is given by itself and in sampling$"):
            call("top", 1, top_k=3, sampling=Sampling(top_k=3))
        with pytest.raises(TypeError, match=r"sampling: .* a Sampling or None is expected"):
            call("stream", 1, sampling=Constraint())
    with pytest.raises(TypeError, match="forbidden: 'anna' is one name"):
        Constraint(forbidden="anna")


def test_other_services_are_called_by_the_channel(server: str) -> None:
    """A stub of any service works on the channel of a client, until the client is closed."""
    client = Client(server)
    answer = HealthStub(client.channel).Check(HealthCheckRequest())
    assert answer.status == HealthCheckResponse.SERVING
    client.close()
    with pytest.raises(RuntimeError, match="the client is closed"):
        _ = client.channel


async def test_other_services_are_awaited_by_the_channel(server: str) -> None:
    """A stub works on the channel of an AsyncClient too, and a given channel is the channel."""
    client = AsyncClient(server)
    answer = await HealthStub(client.channel).Check(HealthCheckRequest())
    assert answer.status == HealthCheckResponse.SERVING
    assert AsyncClient(server, channel=client.channel).channel is client.channel
    await client.close()
    with pytest.raises(RuntimeError, match="the client is closed"):
        _ = client.channel
