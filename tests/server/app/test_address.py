"""The address to listen on: which are accepted, and how workers share a port."""

import socket

import pytest

from namesmith_server.app.errors import PortError
from namesmith_server.app.transport import bind_shared_port
from namesmith_server.app.transport.address import check_address


@pytest.mark.parametrize(
    "address", ["127.0.0.1:0", "localhost:65535", "[::1]:50051", ":1", "unix:/run/namesmith.sock"]
)
def test_an_address_with_a_port_or_a_path_is_accepted(address: str) -> None:
    """A name, an IPv4 or bracketed IPv6 address with a port, no host at all, or a socket's path."""
    check_address(address)


@pytest.mark.parametrize("address", ["", "127.0.0.1", "::1:50051", "127.0.0.1:http", "host:-1"])
def test_an_address_without_a_port_is_refused(address: str) -> None:
    """An address that gRPC would complete with a port of its own choice is refused."""
    with pytest.raises(PortError, match=f"address {address}: is not HOST:PORT"):
        check_address(address)


def test_a_port_above_the_largest_is_refused() -> None:
    """The message names the port and its bounds."""
    with pytest.raises(PortError, match=r"port 65536 is not in \[0, 65535\]"):
        check_address("127.0.0.1:65536")


def test_a_path_cannot_be_shared() -> None:
    """Workers share a port, which the path of a socket does not have."""
    with pytest.raises(PortError, match=r"unix:/run/namesmith\.sock: is not HOST:PORT"):
        bind_shared_port("unix:/run/namesmith.sock")


def test_a_shared_port_is_kept_from_other_servers() -> None:
    """A socket with SO_REUSEPORT joins the port; one without, and a second server, do not."""
    with bind_shared_port("127.0.0.1:0") as shared, socket.socket() as worker:
        place = shared.getsockname()
        worker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        worker.bind(place)
        worker.listen()
        with socket.socket() as other, pytest.raises(OSError, match="already in use"):
            other.bind(place)
        with pytest.raises(PortError, match="Address already in use"):
            bind_shared_port(f"127.0.0.1:{place[1]}")
