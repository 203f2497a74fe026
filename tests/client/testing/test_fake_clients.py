"""Fake clients in a program that is tested with them, beside the contract of clients."""

import subprocess
import sys

import grpc
import pytest

from namesmith.v1 import models_pb2, names_pb2, server_pb2
from namesmith_client import AsyncClient, Client, UnavailableError
from namesmith_client.testing import AsyncFakeClient, FakeClient
from namesmith_client.testing._fake import FakeService

LOADED = """
import sys
before = set(sys.modules)
from namesmith_client.testing import FakeClient
FakeClient().generate(3, prefix="ma")
print(*sorted(sys.modules.keys() - before))
"""
"""A program that prints the modules that the fake loads."""

AWAY = UnavailableError(grpc.StatusCode.UNAVAILABLE, "away")
"""A failure that a test asks for."""


def test_a_fake_client_is_a_client() -> None:
    """Code that asks for the type of a client takes the fake."""
    assert isinstance(FakeClient(), Client)
    assert isinstance(AsyncFakeClient(), AsyncClient)


@pytest.mark.parametrize("kind", [FakeClient, AsyncFakeClient])
def test_a_fake_client_says_that_it_has_no_channel(kind: type[FakeClient]) -> None:
    """A program that calls other services by the channel hears why it cannot."""
    with pytest.raises(RuntimeError, match="channel: a fake client has none"):
        _ = kind().channel


def test_the_fake_answers_every_call_of_the_contract() -> None:
    """A method that the services gain is one that the fake answers."""
    services = [
        service
        for file in (names_pb2, models_pb2, server_pb2)
        for service in file.DESCRIPTOR.services_by_name.values()
    ]
    asked = {one.input_type.full_name for service in services for one in service.methods}
    answered = {kind.DESCRIPTOR.full_name for kind in FakeService("fake")._answers}  # type: ignore[attr-defined]
    streamed = {"namesmith.v1.StreamNamesRequest", "namesmith.v1.EvaluateNamesRequest"}
    assert asked <= answered | streamed


def test_a_fake_client_loads_no_server_and_no_array() -> None:
    """The fake is pure Python; neither pytest, Hypothesis nor Faker is loaded with it."""
    result = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in result.stdout.split()}
    assert "namesmith_client" in loaded
    assert loaded.isdisjoint({"numpy", "namesmith_server", "pytest", "hypothesis", "faker"})


def test_the_first_calls_fail_as_the_test_asks() -> None:
    """Each failure is raised once, by a call or by the first read of a stream."""
    client = FakeClient(failures=[AWAY, AWAY])
    with pytest.raises(UnavailableError, match="away"):
        client.generate(1)
    stream = client.stream(3, seed=1)
    with pytest.raises(UnavailableError, match="away"):
        next(stream.chunks())
    assert client.generate(3, seed=1).names == tuple(client.stream(3, seed=1))


async def test_the_first_awaited_calls_fail_too() -> None:
    """The asynchronous fake raises the failures as the other does."""
    async with AsyncFakeClient(failures=iter([AWAY])) as client:
        with pytest.raises(UnavailableError, match="away"):
            await client.evaluate_names(["anna"])
        assert (await client.evaluate_names(["anna"])).names == 1


def test_a_view_is_closed_with_its_client() -> None:
    """The views of ``with_options`` are of the same client, and close nothing themselves."""
    client = FakeClient(timeout=5)
    with client.with_options(timeout=1, metadata={"x-request-id": "1"}) as view:
        assert view.generate(1, seed=1) == client.generate(1, seed=1)
    client.generate(1)
    client.close()
    with pytest.raises(RuntimeError, match="the client is closed"):
        view.generate(1)


def test_the_only_model_has_the_name_that_the_test_gives() -> None:
    """Code under test that asks for a model by its name finds it."""
    client = FakeClient(model="german")
    assert client.generate(1, model="german/1").model == "german"
    assert [model.name for model in client.models()] == ["german"]
    assert client.generate(5, seed=1).names == FakeClient().generate(5, seed=1).names


def test_names_of_a_seed_stay_the_same() -> None:
    """Snapshots that others keep of the fake's names hold: to change them is a decision."""
    names = FakeClient().generate(4, seed=1).names
    assert names == ("e", "jucoern", "shanordorandacydar", "jpalely")
