"""Fault 35: certificates are replaced while the server runs, by good ones and by garbage."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
import trustme

from certificates import NAME, Mounted, chain_of, key_of
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith_client import TLS, Client, UnavailableError
from processes import ONE_OR_TWO, ServerProcess, running

AUTHORITY = trustme.CA()

ROOTS = AUTHORITY.cert_pem.bytes()

DAY = timedelta(days=1)

ENOUGH = 60.0
"""Seconds within which a change must have been seen, on however busy a machine."""


def served(server: ServerProcess) -> bytes:
    """Return the certificate that a new connection meets, as its DER bytes."""
    host, port = server.address.split(":")
    context = ssl.create_default_context(cadata=ROOTS.decode())
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection((host, int(port)), ENOUGH) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as encrypted,
    ):
        return encrypted.getpeercert(binary_form=True) or b""


def der(issued: trustme.LeafCert) -> bytes:
    """Return a certificate as its DER bytes."""
    return ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())


def until(done: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + ENOUGH
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@contextmanager
def called(address: str) -> Iterator[list[str]]:
    """Call over a connection that stays and over new ones, and provide what fails."""
    stop, failures, calls = threading.Event(), [], [0, 0]
    credentials = grpc.ssl_channel_credentials(ROOTS)
    arguments = (
        ("grpc.ssl_target_name_override", NAME),
        ("grpc.enable_retries", 0),
        ("grpc.use_local_subchannel_pool", 1),  # a connection of its own for each channel
    )

    def call(kind: int, channel: grpc.Channel) -> None:
        stub = names_pb2_grpc.NameServiceStub(channel)
        try:
            stub.GenerateNames(GenerateNamesRequest(count=2), timeout=ENOUGH)
            calls[kind] += 1
        except grpc.RpcError as error:
            failures.append(repr(error))

    def on_one() -> None:
        with grpc.secure_channel(address, credentials, arguments) as channel:
            while not stop.wait(0.01):
                call(0, channel)

    def on_new_ones() -> None:
        while not stop.wait(0.02):
            with grpc.secure_channel(address, credentials, arguments) as channel:
                call(1, channel)

    threads = [threading.Thread(target=one) for one in (on_one, on_new_ones)]
    for thread in threads:
        thread.start()
    try:
        yield failures
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert min(calls) > 5


def next_event(server: ServerProcess, event: str) -> dict[str, object]:
    """Return the next line of the log with an event, and keep the lines before it."""
    for line in server.events():
        if line["event"] == event:
            return line
        assert not str(line["event"]).startswith("certificates"), line
    raise AssertionError(f"no line {event}")


def options(folder: Path) -> tuple[str | Path, ...]:
    """Return the options of a server with a pair in a folder."""
    return "--tls-certificate", folder / "chain.pem", "--tls-key", folder / "key.pem"


@pytest.mark.parametrize("workers", ONE_OR_TWO)
def test_fault_35_a_new_pair_serves_new_connections_and_drops_none(
    tmp_path: Path, workers: str
) -> None:
    """Neither the calls on a connection that stays fail, nor those on new ones."""
    mounted = Mounted(tmp_path)
    first, second = AUTHORITY.issue_cert(NAME), AUTHORITY.issue_cert(NAME)
    mounted.replace(chain_pem=chain_of(first), key_pem=key_of(first))
    with running(*options(tmp_path), "--workers", workers) as server:
        assert served(server) == der(first)
        with called(server.address) as failures:
            mounted.replace(chain_pem=chain_of(second), key_pem=key_of(second))
            for _ in range(int(workers)):
                next_event(server, "certificates loaded")
            for _ in range(10):
                assert served(server) == der(second)
        assert failures == []


@pytest.mark.slow
def test_fault_35_a_faulty_pair_leaves_the_last_good_one(tmp_path: Path) -> None:
    """Each change is logged once, without a drop; the next good pair serves."""
    mounted = Mounted(tmp_path)
    first, last = AUTHORITY.issue_cert(NAME), AUTHORITY.issue_cert(NAME)
    expired = AUTHORITY.issue_cert(
        NAME, not_before=datetime.now(UTC) - 2 * DAY, not_after=datetime.now(UTC) - DAY
    )
    mounted.replace(chain_pem=chain_of(first), key_pem=key_of(first))
    with running(*options(tmp_path)) as server, called(server.address) as failures:
        for chain, key, reason in (
            (b"\x00garbage", b"\x00garbage", "chain.pem: holds no certificate in PEM form"),
            (chain_of(last), key_of(first), "key.pem: is not the key of "),
            (chain_of(last)[:200], key_of(last), "chain.pem: holds no certificate in PEM form"),
            (chain_of(last), key_of(last)[:80], "key.pem: holds no private key in PEM form"),
            (b"", b"", "chain.pem: holds no certificate in PEM form"),
            (chain_of(expired), key_of(expired), "chain.pem: the certificate has expired"),
        ):
            mounted.replace(chain_pem=chain, key_pem=key)
            line = next_event(server, "certificates refused")
            assert line["level"] == "ERROR"
            assert reason in str(line["reason"])
            assert served(server) == der(first)
        (tmp_path / "..data").unlink()  # the files are gone
        assert "No such file" in str(next_event(server, "certificates refused")["reason"])
        assert served(server) == der(first)
        mounted.replace(chain_pem=chain_of(last), key_pem=key_of(last))
        next_event(server, "certificates loaded")  # and no second refusal of one change before it
        assert served(server) == der(last)
    assert failures == []


def test_fault_35_a_pair_that_is_written_file_by_file_serves(tmp_path: Path) -> None:
    """A pair whose files are overwritten one after the other serves once both are there."""
    first, second = AUTHORITY.issue_cert(NAME), AUTHORITY.issue_cert(NAME)
    (tmp_path / "chain.pem").write_bytes(chain_of(first))
    (tmp_path / "key.pem").write_bytes(key_of(first))
    with running(*options(tmp_path)) as server:
        (tmp_path / "chain.pem").write_bytes(chain_of(second))
        (tmp_path / "key.pem").write_bytes(key_of(second))
        until(lambda: served(server) == der(second))


@pytest.mark.slow
def test_fault_35_new_authorities_of_clients_count_for_new_connections(tmp_path: Path) -> None:
    """Clients of the new authority are answered, new connections of the old one are not."""
    old, new = trustme.CA(), trustme.CA()
    path = tmp_path / "clients.pem"
    path.write_bytes(old.cert_pem.bytes())
    pair = AUTHORITY.issue_cert(NAME)
    Mounted(tmp_path).replace(chain_pem=chain_of(pair), key_pem=key_of(pair))
    tls = [
        TLS(ROOTS, NAME, chain_of(issued), key_of(issued))
        for issued in (old.issue_cert("a.example"), new.issue_cert("b.example"))
    ]
    with (
        running(*options(tmp_path), "--tls-client-ca", path) as server,
        Client(server.address, tls=tls[0]) as stays,
    ):
        stays.generate(1)
        path.write_bytes(b"garbage")
        next_event(server, "certificates refused")
        with Client(server.address, tls=tls[0]) as client:
            client.generate(1)
        path.write_bytes(new.cert_pem.bytes())
        next_event(server, "certificates loaded")
        with Client(server.address, tls=tls[1]) as client:
            client.generate(1)
        with Client(server.address, tls=tls[0]) as client, pytest.raises(UnavailableError):
            client.generate(1)
        stays.generate(1)
