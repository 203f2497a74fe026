"""The admin service, in a server of one process and in one of workers."""

import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from admins import add_corrupt_version, add_version, admin, admin_address, await_event, served
from namesmith.v1 import admin_pb2, names_pb2, names_pb2_grpc
from namesmith_client import (
    AdminClient,
    Client,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    UnavailableError,
    UnimplementedError,
    VersionState,
)
from processes import ONE_OR_TWO, ServerProcess, refused, running

MODEL = "definite"


@pytest.fixture
def models(definite_repository: Path, tmp_path: Path) -> Path:
    """Provide a repository that the test may change."""
    return Path(shutil.copytree(definite_repository, tmp_path / "models"))


@pytest.fixture(params=ONE_OR_TWO)
def server(models: Path, request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    """Provide a server of one or two workers with an admin service on a free port."""
    options = ("--models", models, "--workers", request.param)
    with running(*options, "--admin-address", "127.0.0.1:0") as one:
        yield one


def states(client: AdminClient) -> dict[int, VersionState]:
    """Return the state of each version of the model."""
    return {one.version: one.state for one in client.versions(MODEL)}


def test_versions_come_and_go_by_calls(server: ServerProcess, models: Path) -> None:
    """A version is loaded beside the other, gets a label, and is unloaded, in every worker."""
    with admin(server) as operator, Client(server.address) as client:
        add_version(models, MODEL, 2)
        assert served(server) == {((MODEL, 1),)}
        assert states(operator) == {1: VersionState.SERVING, 2: VersionState.AVAILABLE}
        loaded = operator.load(MODEL, 2)
        assert (loaded.version, loaded.state, loaded.newest) == (2, VersionState.SERVING, True)
        assert operator.load(MODEL, 1).state is VersionState.SERVING
        assert client.generate(1).version == 2
        assert operator.set_label(MODEL, "stable", 1) == {"stable": 1}
        assert {one.version: one.labels for one in operator.versions()} == {1: ("stable",), 2: ()}
        assert [one.version for one in operator.unload(MODEL, 2)] == [2]
        assert served(server) == {((MODEL, 1),)}
        assert operator.set_label(MODEL, "stable", 0) == {}


def test_a_reload_serves_the_newest_version(server: ServerProcess, models: Path) -> None:
    """The call returns when every worker serves the version, and says so."""
    add_version(models, MODEL, 2)
    with admin(server) as operator:
        newest, *_ = operator.reload()
    assert (newest.version, newest.state, newest.newest) == (2, VersionState.SERVING, True)
    assert served(server) == {((MODEL, 2),)}


def test_a_version_that_cannot_be_served_is_refused(server: ServerProcess, models: Path) -> None:
    """To load it fails with the reason; a reload tells its state; the others are served on."""
    add_corrupt_version(models, MODEL, 2)
    with admin(server) as operator:
        with pytest.raises(FailedPreconditionError) as failure:
            operator.load(MODEL, 2)
        assert failure.value.reason == "REFUSED"
        assert "version 2" in str(failure.value)
        newest, *_ = operator.reload()
        assert newest.state is VersionState.REFUSED
        assert newest.fault
    assert served(server) == {((MODEL, 1),)}


def test_wrong_requests_are_told_by_their_fields(server: ServerProcess) -> None:
    """Unknown models and versions are not found; malformed fields are named with their bounds."""
    with admin(server) as operator:
        with pytest.raises(NotFoundError, match="absent"):
            operator.load("absent")
        with pytest.raises(NotFoundError, match="version 7"):
            operator.load(MODEL, 7)
        with pytest.raises(NotFoundError, match="version 7"):
            operator.unload(MODEL, 7)
        with pytest.raises(InvalidArgumentError, match="version: -1 is not in"):
            operator.load(MODEL, -1)
        with pytest.raises(InvalidArgumentError, match="model: is empty"):
            operator.unload("")
        with pytest.raises(InvalidArgumentError) as failure:
            operator.set_label(MODEL, "Not a label", 1)
    assert [one.field for one in failure.value.violations] == ["label"]


def test_bytes_that_are_no_message_are_refused_in_words(server: ServerProcess) -> None:
    """The status is INVALID_ARGUMENT, as on the public port."""
    with grpc.insecure_channel(admin_address(server)) as channel:
        call = channel.unary_unary("/namesmith.v1.AdminService/LoadModel")
        with pytest.raises(grpc.RpcError) as failure:
            call(b"\xff\xff\xff")
    assert failure.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert failure.value.details() == "request: is not a message of this call"


def test_neither_port_serves_the_services_of_the_other(server: ServerProcess) -> None:
    """The admin service is unknown on the public port, and names on the admin port."""
    with AdminClient(server.address) as operator, pytest.raises(UnimplementedError):
        operator.versions()
    with Client(admin_address(server)) as client, pytest.raises(UnimplementedError):
        client.generate(1)


def test_a_server_that_drains_refuses_changes(server: ServerProcess) -> None:
    """A call in the drain is UNAVAILABLE, and nothing is loaded any more."""
    with grpc.insecure_channel(server.address) as channel, admin(server) as operator:
        stub = names_pb2_grpc.NameServiceStub(channel)
        stream = stub.StreamNames(names_pb2.StreamNamesRequest(count=10**9))
        next(stream)
        server.process.terminate()
        await_event(server, "draining")
        with pytest.raises(UnavailableError) as failure:
            operator.reload()
        assert failure.value.reason in {"STOPPING", ""}  # or the process has ended
        stream.cancel()


@pytest.mark.parametrize("workers", ONE_OR_TWO)
def test_a_unix_socket_is_its_owners_alone(models: Path, tmp_path: Path, workers: str) -> None:
    """The socket has mode 0600 from its first moment on, and goes with the server."""
    path = tmp_path / "admin.sock"
    options = ("--models", models, "--workers", workers, "--admin-address", f"unix:{path}")
    with running(*options) as server:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with AdminClient(f"unix:{path}") as operator:
            assert states(operator) == {1: VersionState.SERVING}
        server.process.terminate()
        assert server.process.wait(30) == 0
    assert list(tmp_path.glob("*admin*")) == []
    assert list(tmp_path.glob(".*")) == []


def test_an_address_that_others_reach_is_warned_of(models: Path) -> None:
    """An address of every interface is listened on, with a line of the log."""
    with running("--models", models, "--admin-address", "0.0.0.0:0") as server:
        events = [one["event"] for one in server.log]
    assert "admin address reachable from elsewhere" in events


@pytest.mark.parametrize("workers", ONE_OR_TWO)
def test_an_admin_address_in_use_ends_the_start(server: ServerProcess, workers: str) -> None:
    """The line names the option and the address."""
    address = admin_address(server)
    ended = refused("--admin-address", address, "--workers", workers)
    assert ended.returncode == 1
    assert f"--admin-address {address}: Address already in use" in ended.stderr


def test_without_an_admin_address_nothing_of_it_is_imported() -> None:
    """A plain server does not load the admin service."""
    program = "import namesmith_server.app.run, sys; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "namesmith_server.app.lifecycle" in found.stdout.split()
    assert "namesmith_server.app.admin" not in found.stdout.split()


def test_every_method_of_the_service_is_served(server: ServerProcess) -> None:
    """No method of the contract is unimplemented."""
    with grpc.insecure_channel(admin_address(server)) as channel:
        for method in admin_pb2.DESCRIPTOR.services_by_name["AdminService"].methods:
            call = channel.unary_unary(f"/namesmith.v1.AdminService/{method.name}")
            try:
                call(b"")
            except grpc.RpcError as error:
                assert error.code() is grpc.StatusCode.INVALID_ARGUMENT  # noqa: PT017 - some succeed
