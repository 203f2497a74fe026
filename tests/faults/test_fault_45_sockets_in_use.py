"""Fault 45: two servers want one address, on a unix socket or beside each other on one host."""

import os
import signal
import socket
from pathlib import Path
from typing import Any

import grpc
import pytest

from namesmith_client import Client
from namesmith_server.app.errors import PortError
from namesmith_server.app.settings import Settings
from namesmith_server.app.transport import listen
from processes import refused, running

pytestmark = pytest.mark.slow  # CI has no room for it: make faults


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Provide the path of a socket, which does not exist yet."""
    return tmp_path / "namesmith.sock"


def names(path: Path) -> int:
    """Return the number of names that a server on a socket answers."""
    with Client(f"unix:{path}") as client:
        return len(client.generate(3).names)


def test_fault_45_a_second_server_on_a_socket_is_refused(path: Path) -> None:
    """The second is told that the socket is in use; the first answers, and removes its socket."""
    with running("--address", f"unix:{path}") as first:
        ended = refused("--address", f"unix:{path}")
        assert ended.returncode == 1
        assert f"--address unix:{path}: Address already in use" in ended.stderr
        assert names(path) == 3
        first.process.send_signal(signal.SIGTERM)
        assert first.process.wait(30) == 0
    assert list(path.parent.iterdir()) == []


def test_fault_45_the_socket_of_a_killed_server_is_replaced(path: Path) -> None:
    """A socket that nobody listens on is no obstacle."""
    with running("--address", f"unix:{path}") as first:
        first.process.kill()
        first.process.wait()
    assert path.is_socket()
    with running("--address", f"unix:{path}"):
        assert names(path) == 3


def test_fault_45_a_server_leaves_the_socket_of_another_alone(path: Path) -> None:
    """A server whose socket was removed, and made anew by another, does not remove the other's."""
    with running("--address", f"unix:{path}") as first:
        path.unlink()
        with running("--address", f"unix:{path}"):
            first.process.send_signal(signal.SIGTERM)
            assert first.process.wait(30) == 0
            assert names(path) == 3


def test_fault_45_a_path_of_the_largest_length_is_served(tmp_path: Path) -> None:
    """A path of 107 bytes is served, one of 108 is refused with its length."""
    longest = tmp_path / ("s" * (107 - len(os.fsencode(tmp_path)) - 1))
    with running("--address", f"unix:{longest}") as server:
        assert longest.is_socket()
        server.process.terminate()
        assert server.process.wait(30) == 0
    ended = refused("--address", f"unix:{longest}s")
    assert ended.returncode == 1
    assert "108 bytes of path, at most 107" in ended.stderr


def test_fault_45_what_is_no_place_for_a_socket_is_told(path: Path) -> None:
    """A missing folder, a file in its place, a socket for datagrams and an abstract socket."""
    plain, datagrams = path.with_name("plain"), path.with_name("datagrams")
    plain.write_text("kept")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(datagrams))
        for address, message in (
            (f"unix:{path}/in", f"folder {path}: No such file or directory"),
            (f"unix:{plain}", "is a file that is not a socket"),
            (f"unix:{path.parent}", "is a folder, not a socket"),
            ("unix:/proc/namesmith.sock", "folder /proc: No such file or directory"),
            (f"unix:{datagrams}", "Address already in use"),
            ("unix-abstract:namesmith", "abstract sockets are not served"),
        ):
            ended = refused("--address", address)
            assert ended.returncode == 1
            assert ended.stderr.startswith(f"namesmith-server: --address {address}")
            assert message in ended.stderr
    assert plain.read_text() == "kept"


def test_fault_45_workers_are_no_servers_of_a_socket(path: Path) -> None:
    """Several workers on one socket are refused in words."""
    ended = refused("--workers", "2", "--address", f"unix:{path}")
    assert ended.returncode == 1
    assert "one worker serves a socket, several need HOST:PORT" in ended.stderr


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("127.0.0.1", "localhost"),
        ("localhost", "127.0.0.1"),
        ("127.0.0.1", "0.0.0.0"),  # noqa: S104 - every address of the machine is the case
        ("127.0.0.1", "[::]"),
        ("[::]", "127.0.0.1"),
        ("127.0.0.1", ""),
    ],
)
def test_fault_45_a_host_of_which_an_address_is_taken_is_refused(
    first: str, second: str, workers: str
) -> None:
    """Nobody serves a part of a host's addresses, with a part of the callers, without a word."""
    with running("--address", f"{first}:0") as server:
        address = f"{second}:{server.log[-1]['port']}"
        ended = refused("--address", address, "--workers", workers)
    assert ended.returncode == 1
    assert f"namesmith-server: --address {address}: Address already in use" in ended.stderr


def resolving(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    """Let every name of a host stand for the addresses."""
    families = [socket.AF_INET6 if ":" in host else socket.AF_INET for host in hosts]
    places = [(host, 0, 0, 0)[: 4 if ":" in host else 2] for host in hosts]
    infos: list[Any] = [
        (family, socket.SOCK_STREAM, 6, "", place)
        for family, place in zip(families, places, strict=True)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: infos)


def reachable(host: str, port: int) -> bool:
    """Tell whether something listens."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        return probe.connect_ex((host, port)) == 0


async def test_fault_45_every_address_of_a_name_has_the_same_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With port 0, one port that is free on every address is chosen, and served on each."""
    resolving(monkeypatch, "127.0.0.1", "127.0.0.2", "127.0.0.3")
    server = grpc.aio.server()
    port = listen(server, Settings(address="names.example:0"))
    await server.start()
    assert all(reachable(f"127.0.0.{n}", port) for n in (1, 2, 3))
    assert not reachable("127.0.0.4", port)
    await server.stop(None)


async def test_fault_45_a_name_with_one_taken_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The message names the address that is taken, and the others are left free."""
    resolving(monkeypatch, "127.0.0.1", "127.0.0.2")
    with socket.socket() as other:
        other.bind(("127.0.0.2", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortError, match=r"Address already in use \(127\.0\.0\.2\)"):
            listen(grpc.aio.server(), Settings(address=f"names.example:{port}"))
        assert not reachable("127.0.0.1", port)


async def test_fault_45_an_address_that_the_machine_lacks_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A name is served on the addresses that the machine has, and the log names the others."""
    resolving(monkeypatch, "192.0.2.1", "127.0.0.1")
    server = grpc.aio.server()
    port = listen(server, Settings(address="names.example:0"))
    await server.start()
    assert reachable("127.0.0.1", port)
    assert [record.absent for record in caplog.records] == [["192.0.2.1"]]  # type: ignore[attr-defined]
    await server.stop(None)
