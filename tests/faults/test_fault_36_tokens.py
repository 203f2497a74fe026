"""Fault 36: calls without a token, or with one that is wrong, doubled or oversized."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

import hostile
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith_client import AsyncClient, Client, UnauthenticatedError
from processes import ONE_OR_TWO, ServerProcess, running
from tokens import bearing, write_tokens

TOKEN = "s3cret-of-alice"  # noqa: S105 - a token of these tests alone

WRONG = "s3cret-of-nobody"

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED

METHODS = {
    "namesmith.v1.NameService/GenerateNames": "unary_unary",
    "namesmith.v1.NameService/StreamNames": "unary_stream",
    "namesmith.v1.NameService/EvaluateNames": "stream_unary",
    "namesmith.v1.NameService/ScoreNames": "unary_unary",
    "namesmith.v1.NameService/MeasureConstraint": "unary_unary",
    "namesmith.v1.ModelService/ListModels": "unary_unary",
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": "stream_stream",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo": "stream_stream",
}
"""Methods of each arity."""

SHOWN: dict[str, tuple[tuple[str, str], ...]] = {
    "missing": (),
    "wrong": bearing(WRONG),
    "empty": bearing(""),
    "doubled": bearing(TOKEN) * 2,
    "wrong-beside-right": bearing(WRONG) + bearing(TOKEN),
    "joined": bearing(f"{TOKEN}, Bearer {TOKEN}"),
    "other-scheme": bearing(TOKEN, "Basic"),
    "no-scheme": (("authorization", TOKEN),),
    "longer": bearing(f"{TOKEN}x"),
    "oversized": bearing(f"{TOKEN}{' ' * 1_024}x"),
    "hash": bearing("0" * 64),
}
"""Metadata that shows no valid token."""


@pytest.fixture(scope="module", params=ONE_OR_TWO)
def server(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[ServerProcess]:
    """Provide a server that wants tokens, of one or of two processes; its log has no token."""
    path = write_tokens(tmp_path_factory.mktemp("tokens") / "tokens", alice=TOKEN, bob="b" * 1_000)
    options = ("--tokens-file", path, "--reflection", "--log-level", "debug")
    with running(*options, "--workers", request.param) as server:
        yield server
        server.process.terminate()
        log = repr([*server.log, *server.events()])
        assert "s3cret" not in log


@pytest.fixture(scope="module")
def channel(server: ServerProcess) -> Iterator[grpc.Channel]:
    """Provide a connection to the server."""
    with grpc.insecure_channel(server.address) as channel:
        yield channel


def called(channel: grpc.Channel, method: str, metadata: Any) -> Any:
    """Make a call of any arity, and return what it answers."""
    kind = METHODS[method]
    given = iter([b""]) if kind.startswith("stream") else b""
    answer = getattr(channel, kind)(f"/{method}")(given, timeout=60, metadata=metadata)
    return list(answer) if kind.endswith("stream") else answer


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_fault_36_a_call_without_a_valid_token_is_unauthenticated(
    channel: grpc.Channel, method: str, shown: Any
) -> None:
    """Whatever its arity; the status has a reason, and repeats nothing of the token."""
    with pytest.raises(grpc.RpcError) as caught:
        called(channel, method, shown)
    assert caught.value.code() is UNAUTHENTICATED
    trailing = dict(caught.value.trailing_metadata())
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (info.reason, info.domain) == ("UNAUTHENTICATED", "namesmith")
    assert "s3cret" not in repr(caught.value)


@pytest.mark.parametrize("method", METHODS)
def test_fault_36_a_call_is_refused_before_its_message(server: ServerProcess, method: str) -> None:
    """A hostile client that sends headers alone is answered."""
    with hostile.connect(server.address) as attacker:
        stream = attacker.call(method)
        answer = attacker.read(stream)
        assert (answer.status, answer.reason) == ("UNAUTHENTICATED", "UNAUTHENTICATED")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_fault_36_a_known_token_is_answered(channel: grpc.Channel, scheme: str) -> None:
    """The scheme may be written in any case, and spaces may follow it."""
    stub = names_pb2_grpc.NameServiceStub(channel)
    for token in (TOKEN, "b" * 1_000):
        request = GenerateNamesRequest(count=3)
        answer = stub.GenerateNames(request, timeout=60, metadata=bearing(token, scheme))
        assert len(answer.names) == 3


def test_fault_36_health_needs_no_token(channel: grpc.Channel) -> None:
    """Check and Watch are answered to everyone."""
    stub = health_pb2_grpc.HealthStub(channel)
    serving = health_pb2.HealthCheckResponse.SERVING
    assert stub.Check(health_pb2.HealthCheckRequest(), timeout=60).status == serving
    watching = stub.Watch(health_pb2.HealthCheckRequest(), timeout=60)
    assert next(watching).status == serving
    watching.cancel()


def test_fault_36_the_client_tells_a_refused_token(server: ServerProcess) -> None:
    """Its error is one of its tree, and no message of it has the token."""
    with Client(server.address, token=TOKEN) as client:
        assert len(client.generate(3).names) == 3
        assert len(list(client.stream(600))) == 600
        assert client.evaluate_names(["emma"]).names == 1
        assert client.models()
    for token in (None, WRONG):
        with Client(server.address, token=token) as client:
            for call in (
                lambda client=client: client.generate(3),
                lambda client=client: list(client.stream(600)),
                lambda client=client: client.evaluate_names(["emma"] * 100_000),
                lambda client=client: client.models(),
            ):
                with pytest.raises(UnauthenticatedError, match="a valid bearer token") as caught:
                    call()
                assert "s3cret" not in repr(caught.value)


async def test_fault_36_the_asynchronous_client_tells_a_refused_token(
    server: ServerProcess,
) -> None:
    """Its calls with a token are answered, and with a wrong one UNAUTHENTICATED."""
    async with AsyncClient(server.address, token=TOKEN) as client:
        assert len((await client.generate(3)).names) == 3
        assert len([name async for name in client.stream(600)]) == 600
        assert (await client.evaluate_names(["emma"])).names == 1
    async with AsyncClient(server.address, token=WRONG) as client:
        with pytest.raises(UnauthenticatedError):
            await client.generate(3)
        with pytest.raises(UnauthenticatedError):
            [name async for name in client.stream(600)]
        with pytest.raises(UnauthenticatedError):
            await client.evaluate_names(["emma"] * 100_000)
