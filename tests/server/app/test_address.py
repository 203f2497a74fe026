"""The address to listen on: which are accepted, and how workers share a port."""

import socket

import pytest

from namesmith_server.app.errors import PortError
from namesmith_server.app.transport import shared_port
from namesmith_server.app.transport.address import parse_address
from namesmith_server.app.transport.port import bound_port


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("localhost:65535", ("localhost", 65535)),
        ("[::1]:50051", ("::1", 50051)),
        (":1", ("", 1)),
        ("unix:/run/namesmith.sock", ("/run/namesmith.sock",)),
        ("unix:///run/namesmith.sock", ("/run/namesmith.sock",)),
        ("unix:name%20smith", ("name smith",)),
    ],
)
def test_an_address_has_a_port_or_a_path(address: str, parts: tuple[str | int, ...]) -> None:
    """A name, an IPv4 or bracketed IPv6 address with a port, no host at all, or a socket's path."""
    assert parse_address(address) == parts


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1", "::1:50051", "127.0.0.1:http", "host:-1", "dns:///host:1"]
)
def test_an_address_without_a_port_is_refused(address: str) -> None:
    """An address that gRPC would complete with a port of its own choice is refused."""
    with pytest.raises(PortError, match=f"--address {address}: is not HOST:PORT"):
        parse_address(address)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:65536", r"port 65536 is not in \[0, 65535\]"),
        ("127.0.0.1:" + "9" * 5_000, r"is not in \[0, 65535\]"),
        ("unix-abstract:namesmith", "abstract sockets are not served"),
        ("unix:", "no path of a socket"),
        ("unix:/run/", "is the path of a folder"),
        ("unix:/run/%00", "NUL"),
        ("/run/namesmith.sock", "is given as unix:PATH"),
        ("unix://run/namesmith.sock", "is not absolute"),
    ],
)
def test_an_address_that_cannot_be_served_is_told_for_its_kind(address: str, message: str) -> None:
    """The message names the port and its bounds, or the kind of socket."""
    with pytest.raises(PortError, match=message):
        parse_address(address)


def test_a_path_cannot_be_shared() -> None:
    """Workers share a port, which the path of a socket does not have."""
    with (
        pytest.raises(PortError, match="one worker serves a socket, several need HOST:PORT"),
        shared_port("unix:/run/namesmith.sock"),
    ):
        raise AssertionError


def test_a_shared_port_is_kept_from_other_servers() -> None:
    """A socket with SO_REUSEPORT joins the port; one without, and a second server, do not."""
    with shared_port("127.0.0.1:0") as port, socket.socket() as worker:
        worker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        worker.bind(("127.0.0.1", port))
        worker.listen()
        with socket.socket() as other, pytest.raises(OSError, match="already in use"):
            other.bind(("127.0.0.1", port))
        with (
            pytest.raises(PortError, match="Address already in use"),
            shared_port(f"127.0.0.1:{port}"),
        ):
            raise AssertionError


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64, "a..b", "[zz]"])
def test_a_host_that_is_not_known_is_refused(host: str) -> None:
    """The message says that the name is not known, or is no name."""
    with (
        pytest.raises(PortError, match=r"not known|resolution|not the name|No address"),
        bound_port(f"{host}:1"),
    ):
        raise AssertionError
