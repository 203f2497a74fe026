"""Fault 34: clients without a certificate, or with one that is garbled, expired or a stranger's."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import grpc
import pytest
import trustme

from certificates import NAME, chain_of, garbled, key_of, write_pair
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith_client import TLS, AsyncClient, Client
from processes import ONE_OR_TWO, ServerProcess, running

AUTHORITY = trustme.CA()

CLIENTS = trustme.CA()

ROOTS = AUTHORITY.cert_pem.bytes()

GOOD = CLIENTS.issue_cert("client.example")

DAY = timedelta(days=1)

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


def tls(certificate: bytes | None = chain_of(GOOD), key: bytes | None = key_of(GOOD)) -> TLS:
    """Return the rules of a client with a certificate."""
    return TLS(ROOTS, NAME, certificate, key)


def code(channel: grpc.Channel) -> grpc.StatusCode:
    """Return the code of a call over a channel, which fails."""
    stub = names_pb2_grpc.NameServiceStub(channel)
    with channel, pytest.raises(grpc.RpcError) as caught:
        stub.GenerateNames(GenerateNamesRequest(count=1), timeout=60)
    answered: grpc.StatusCode = caught.value.code()
    return answered


@pytest.fixture(scope="module", params=ONE_OR_TWO)
def server(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[ServerProcess]:
    """Provide a server that wants certificates, of one or of two processes."""
    folder = tmp_path_factory.mktemp("mtls")
    CLIENTS.cert_pem.write_to_path(folder / "clients.pem")
    pair = write_pair(folder, AUTHORITY.issue_cert(NAME))
    options = (*pair, "--tls-client-ca", folder / "clients.pem", "--workers", request.param)
    with running(*options) as server:
        yield server
        server.process.terminate()
        late = {event["event"] for event in server.events()}
        assert late <= {"draining", "stopped"}, "nothing is logged of an attempt"


@pytest.fixture(autouse=True)
def serves_on(server: ServerProcess) -> Iterator[None]:
    """Check, after each test, that a client with a certificate is answered."""
    yield
    with Client(server.address, tls=tls()) as client:
        assert len(client.generate(3).names) == 3


async def test_fault_34_a_client_with_a_certificate_is_answered(server: ServerProcess) -> None:
    """The asynchronous client too."""
    async with AsyncClient(server.address, tls=tls()) as client:
        assert len((await client.generate(3)).names) == 3
        assert [name async for name in client.stream(3)]


@pytest.mark.parametrize(
    "other",
    [
        tls(None, None),
        tls(chain_of(stranger := trustme.CA().issue_cert("client.example")), key_of(stranger)),
        tls(
            chain_of(
                late := CLIENTS.issue_cert(
                    "client.example",
                    not_before=datetime.now(UTC) - 2 * DAY,
                    not_after=datetime.now(UTC) - DAY,
                )
            ),
            key_of(late),
        ),
        tls(garbled(GOOD)),
    ],
    ids=["none", "stranger", "expired", "garbled"],
)
def test_fault_34_a_client_without_a_valid_certificate_is_unavailable(
    server: ServerProcess, other: TLS
) -> None:
    """Its handshake fails, and its call ends before its deadline."""
    target = (("grpc.ssl_target_name_override", NAME),)
    assert code(grpc.secure_channel(server.address, other.credentials(), target)) is UNAVAILABLE


@pytest.mark.parametrize("kind", [grpc.secure_channel, None], ids=["wrong-root", "clear"])
def test_fault_34_a_client_of_the_wrong_protocol_is_unavailable(
    server: ServerProcess, kind: object
) -> None:
    """One without TLS, and one that trusts another authority."""
    if kind is None:
        channel = grpc.insecure_channel(server.address)
    else:
        roots = CLIENTS.cert_pem.bytes()
        credentials = grpc.ssl_channel_credentials(roots, key_of(GOOD), chain_of(GOOD))
        channel = grpc.secure_channel(server.address, credentials)
    assert code(channel) is UNAVAILABLE


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_fault_34_a_handshake_without_a_certificate_ends_its_connection(
    server: ServerProcess, version: ssl.TLSVersion
) -> None:
    """No byte of HTTP/2 comes behind it, in either version of TLS."""
    context = ssl.create_default_context(cadata=ROOTS.decode())
    context.maximum_version = version
    context.set_alpn_protocols(["h2"])
    host, port = server.address.split(":")
    with socket.create_connection((host, int(port)), 60) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=NAME) as encrypted:
                assert encrypted.recv(1) == b""
        except (ssl.SSLError, ConnectionError):
            return
