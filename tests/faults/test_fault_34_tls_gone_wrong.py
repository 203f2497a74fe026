"""Fault 34: clients without TLS, with another authority, or with a garbled certificate."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
import trustme

from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith_client import TLS, Client
from processes import ONE_OR_TWO, ServerProcess, running

NAME = "names.example"

AUTHORITY = trustme.CA()


@pytest.fixture(scope="module", params=ONE_OR_TWO)
def server(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[ServerProcess]:
    """Provide a server with TLS, of one or of two processes."""
    folder = tmp_path_factory.mktemp("tls")
    issued = AUTHORITY.issue_cert(NAME)
    chain = b"".join(part.bytes() for part in issued.cert_chain_pems)
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(issued.private_key_pem.bytes())
    options = ("--tls-certificate", folder / "chain.pem", "--tls-key", folder / "key.pem")
    with running(*options, "--workers", request.param) as server:
        yield server


@pytest.fixture(autouse=True)
def serves_on(server: ServerProcess) -> Iterator[None]:
    """Check, after each test, that a client that does all right is answered."""
    yield
    with Client(server.address, tls=TLS(AUTHORITY.cert_pem.bytes(), server_name=NAME)) as client:
        assert len(client.generate(3).names) == 3


def place(server: ServerProcess) -> tuple[str, int]:
    """Return the host and the port of a server."""
    host, port = server.address.split(":")
    return host, int(port)


def code(channel: grpc.Channel) -> grpc.StatusCode:
    """Return the code of a call over a channel, which fails."""
    stub = names_pb2_grpc.NameServiceStub(channel)
    with channel, pytest.raises(grpc.RpcError) as caught:
        stub.GenerateNames(GenerateNamesRequest(count=1), timeout=60)
    answered: grpc.StatusCode = caught.value.code()
    return answered


def test_fault_34_a_client_without_tls_is_unavailable(server: ServerProcess) -> None:
    """Its call ends at once, not at its deadline."""
    assert code(grpc.insecure_channel(server.address)) is grpc.StatusCode.UNAVAILABLE


def test_fault_34_a_client_of_another_authority_is_unavailable(server: ServerProcess) -> None:
    """A client refuses an unknown certificate, and one of another name."""
    other = grpc.ssl_channel_credentials(trustme.CA().cert_pem.bytes())
    target = (("grpc.ssl_target_name_override", NAME),)
    assert code(grpc.secure_channel(server.address, other, target)) is grpc.StatusCode.UNAVAILABLE
    right = grpc.ssl_channel_credentials(AUTHORITY.cert_pem.bytes())
    assert code(grpc.secure_channel(server.address, right)) is grpc.StatusCode.UNAVAILABLE


def test_fault_34_a_certificate_of_a_client_is_not_asked_for(
    server: ServerProcess, tmp_path: Path
) -> None:
    """One that no authority of the server has signed changes nothing."""
    client = trustme.CA().issue_cert("client.example")
    context = ssl.create_default_context(cadata=AUTHORITY.cert_pem.bytes().decode())
    context.set_alpn_protocols(["h2"])
    path = tmp_path / "client.pem"
    client.private_key_and_cert_chain_pem.write_to_path(path)
    context.load_cert_chain(path)
    with (
        socket.create_connection(place(server), 60) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as encrypted,
    ):
        assert encrypted.selected_alpn_protocol() == "h2"


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00" * 4_096,
        b"GET / HTTP/1.1\r\nHost: names.example\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2,
        b"\x16\x03\x03\x00\x10\x0b\x00\x00\x0c\x00\x00\x09\x00\x00\x06garble",
    ],
    ids=["zeros", "http", "h2", "garbled-hello", "garbled-certificate"],
)
def test_fault_34_bytes_that_are_no_handshake_end_their_connection(
    server: ServerProcess, raw: bytes
) -> None:
    """The server closes the connection, and the others go on."""
    with socket.create_connection(place(server), 120) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass
        except ConnectionError:  # closed with bytes unread
            return
