"""The metrics of a server as a process: exact, of all workers together, hard to harm."""

import base64
import errno
import os
import signal
import socket
import struct
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import cast

import pytest

from hostile import connect, message
from namesmith_client import Client, InvalidArgumentError
from namesmith_server.app.observability.endpoint import Endpoint
from processes import ServerProcess, refused, running
from scraping import metrics_port, scrape, scraped_until, value

KEY = "endpoint-load-metrics-bin"
"""Key of a load report."""

ON = ("--metrics-address", "127.0.0.1:0")


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    """Provide a server of one process with metrics."""
    with running(*ON) as server:
        yield server


def test_calls_are_counted_exactly(server: ServerProcess) -> None:
    """Started, handled by code, durations, names by version and refusals are those that were."""
    port = metrics_port(server.log)
    before = scrape(port)
    with Client(server.address) as client:
        for _ in range(7):
            client.generate(3, seed=1)
        names = list(client.stream(5_000))
        for _ in range(2):
            with pytest.raises(InvalidArgumentError):
                client.generate(1, temperature=-1.0)

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    after = scraped_until(
        port,
        lambda now: (
            value(now, "grpc_server_handled_total") - value(before, "grpc_server_handled_total")
            == 10
        ),
    )
    assert len(names) == 5_000
    assert grown("grpc_server_started_total", grpc_method="GenerateNames") == 9
    assert grown("grpc_server_handled_total", grpc_method="GenerateNames", grpc_code="OK") == 7
    assert grown("grpc_server_handled_total", grpc_code="INVALID_ARGUMENT") == 2
    assert grown("grpc_server_handled_total", grpc_type="server_stream", grpc_code="OK") == 1
    assert grown("grpc_server_handling_seconds_count") == 10
    assert grown("grpc_server_handling_seconds_bucket", le="+Inf") == 10
    assert grown("namesmith_names_generated_total", model="us-names", version="1") == 5_021
    assert grown("namesmith_refusals_total", reason="INVALID_ARGUMENT") == 2


def test_the_state_of_the_server_is_told(server: ServerProcess) -> None:
    """Versions, models, limits and memory."""
    metrics = scrape(metrics_port(server.log))
    assert value(metrics, "namesmith_build_info", version="0.2.0") == 1
    model = {"model": "us-names", "version": "1", "backend": "table", "device": "cpu"}
    assert value(metrics, "namesmith_model_info", **model) == 1
    assert value(metrics, "namesmith_names_in_work") == 0
    assert value(metrics, "namesmith_names_limit") > 0
    held = value(metrics, "namesmith_memory_bytes")
    assert 0 < held < value(metrics, "namesmith_memory_limit_bytes")
    assert value(metrics, "namesmith_workers_alive") == 1
    for outcome, count in {"loaded": 1, "refused": 0, "retired": 0, "unchanged": 0}.items():
        key = "namesmith_model_reloads_total", frozenset({("outcome", outcome)})
        assert metrics[key] == count


def test_kept_chains_are_counted(server: ServerProcess) -> None:
    """The second request of a constraint finds the chain that the first one built."""
    port = metrics_port(server.log)
    before = scrape(port)
    with Client(server.address) as client:
        for _ in range(3):
            client.generate(2, pattern="ka.*")
    after = scraped_until(
        port,
        lambda now: (
            value(now, "namesmith_cache_hits_total") - value(before, "namesmith_cache_hits_total")
            == 2
        ),
    )
    name = "namesmith_cache_misses_total"
    assert value(after, name, cache="chains") - value(before, name, cache="chains") == 1


def test_hostile_scrapers_hang_nothing(server: ServerProcess) -> None:
    """Silent, slow and broken connections by the dozen: a scraper is answered, and a caller."""
    port = metrics_port(server.log)
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
    for number, one in enumerate(held):
        part = (b"", b"GET /met", b"\x16\x03\x01\xff\xff", b"GET " + b"/" * 5_000)[number % 4]
        try:
            one.sendall(part)
        except OSError:
            continue  # ended for a newer one
    assert value(scrape(port), "namesmith_build_info") == 1
    with Client(server.address) as client:
        assert client.generate(1).names
    for one in held:
        one.close()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/secrets", timeout=10)


def test_large_headers_cost_no_memory(server: ServerProcess) -> None:
    """Sixteen connections send 98 headers of 65,000 bytes each, of which 8 KiB are read."""
    port = metrics_port(server.log)
    before = value(scrape(port), "namesmith_memory_bytes")
    header = b"x: " + b"y" * 65_000 + b"\r\n"
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(16)]
    for one in held:
        with suppress(OSError):  # it is ended behind the first kilobytes
            one.sendall(b"GET /metrics HTTP/1.1\r\n" + header * 98)
    for one in held:
        with suppress(OSError), one:
            assert one.recv(1 << 16).startswith(b"HTTP/1.1 431 ") or not one.recv(1)
    assert value(scrape(port), "namesmith_memory_bytes") - before < 20 << 20


def test_the_endpoint_outlives_whatever_befalls_a_connection() -> None:
    """A network that is down, an aborted connection, no descriptors: the next one is accepted."""
    faults = [errno.EPROTO, errno.ENETDOWN, errno.ECONNABORTED, errno.EMFILE]
    ours, theirs = socket.socketpair()

    class Listener:
        def accept(self) -> tuple[socket.socket, object]:
            if faults:
                raise OSError(faults.pop(), "")
            if ours in accepted:
                raise OSError(errno.EBADF, "")
            accepted.append(ours)
            return ours, None

        def fileno(self) -> int:
            return -1 if accepted else 9

    accepted: list[socket.socket] = []
    with theirs:
        theirs.sendall(b"GET /else HTTP/1.1\r\n\r\n")
        Endpoint(dict).accept(cast("socket.socket", Listener()))
        assert theirs.recv(1 << 10).startswith(b"HTTP/1.1 404 ")


def test_openmetrics_is_spoken_to_who_asks(server: ServerProcess) -> None:
    """The content type and the end mark of OpenMetrics."""
    url = f"http://127.0.0.1:{metrics_port(server.log)}/metrics"
    asked = urllib.request.Request(url, headers={"Accept": "application/openmetrics-text"})
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - http
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        assert answer.read().endswith(b"# EOF\n")


def test_answers_tell_the_load_of_the_server(server: ServerProcess) -> None:
    """One of 16 carries an ORCA report: tags and numbers in their ranges, by protobuf's rules."""
    reports = []
    with connect(server.address) as connection:  # gRPC's own client keeps reports to itself
        for _ in range(32):
            call = connection.call("namesmith.v1.NameService/GenerateNames", message(b"\x10\x01"))
            trailers = connection.read(call).trailers
            reports += [base64.b64decode(trailers[KEY])] if KEY in trailers else []
    assert len(reports) == 2
    numbers = dict(struct.iter_unpack("<Bd", reports[-1]))
    assert [tag >> 3 for tag in numbers] == [1, 2, 6, 7, 9]
    assert all(tag & 7 == 1 and 0 <= number < 100_000 for tag, number in numbers.items())
    assert numbers[2 << 3 | 1] < 1


def test_one_endpoint_tells_of_all_workers_and_forgets_none() -> None:
    """Sums are exact over workers; after a worker is killed none is smaller, and it is counted."""
    calls = 200
    with running("--workers", "2", *ON) as server:
        port = metrics_port(server.log)
        for _ in range(calls // 10):
            with Client(server.address) as client:
                for _ in range(10):
                    client.generate(3)
        before = scraped_until(port, lambda now: value(now, "grpc_server_handled_total") == calls)
        assert value(before, "namesmith_names_generated_total") == 3 * calls
        assert value(before, "namesmith_workers_alive") == 2
        assert value(before, "namesmith_model_info") == 1

        pid = next(event["pid"] for event in server.log if event["event"] == "worker serving")
        os.kill(pid, signal.SIGKILL)
        after = scraped_until(
            port,
            lambda now: (
                value(now, "namesmith_worker_restarts_total") == 1
                and value(now, "namesmith_workers_alive") == 2
            ),
        )
        assert value(after, "grpc_server_handled_total") == calls
        fallen = {
            key
            for key, count in before.items()
            if key[0].endswith(("_total", "_bucket", "_count", "_sum")) and after[key] < count
        }
        assert not fallen


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("unix:/tmp/metrics", "is not HOST:PORT"),
        ("nowhere", "is not HOST:PORT or unix:PATH"),
        ("127.0.0.1:70000", "port 70000 is not in [0, 65535]"),
    ],
)
def test_an_address_that_cannot_be_is_one_line(address: str, fault: str) -> None:
    """The line names the option, the address and the fault; the status is 1."""
    ended = refused("--metrics-address", address)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(
        f"namesmith-server: --metrics-address {address}: "
    )
    assert fault in ended.stderr


def test_a_port_in_use_is_one_line() -> None:
    """With one process and with workers."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for workers in ("1", "2"):
            ended = refused("--metrics-address", address, "--workers", workers)
            assert ended.returncode == 1
            last = ended.stderr.splitlines()[-1]
            told = f"namesmith-server: --metrics-address {address}: Address already in use"
            assert last == told


def test_nothing_is_served_that_is_not_asked_for() -> None:
    """Without the option there is no endpoint."""
    with running() as server:
        assert not [event for event in server.log if event["event"] == "metrics"]
