"""The server process, from its start to its end."""

import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import grpc
import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from namesmith.bundle import Bundle
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import EvaluateSplitRequest, GenerateNamesRequest, StreamNamesRequest
from processes import SERVER, running

SERVICES = ("", "namesmith.v1.NameService", "namesmith.v1.ModelService")


@pytest.mark.parametrize("backend", ["table", "onnx", "torchscript"])
def test_the_val_loss_over_grpc_is_the_trainers(repository: Path, backend: str) -> None:
    """On every backend, a client hears the manifest's val loss within 1e-5."""
    manifest = Bundle.open(repository / "small" / "1").manifest
    (expected,) = (split.loss for split in manifest.splits if split.name == "val")
    with (
        running("--models", repository, "--backend", backend) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = names_pb2_grpc.NameServiceStub(channel)
        answer = stub.EvaluateSplit(EvaluateSplitRequest(split="val"))
    assert answer.backend == backend
    assert answer.loss == pytest.approx(expected, abs=1e-5)


def test_sigterm_finishes_the_calls_in_flight() -> None:
    """All calls begun before SIGTERM are answered in full; the server says so and exits 0."""
    request = GenerateNamesRequest(count=30_000)
    with (
        running() as server,
        grpc.insecure_channel(server.address) as channel,
        ThreadPoolExecutor(8) as callers,
    ):
        stub = names_pb2_grpc.NameServiceStub(channel)
        stub.GenerateNames(GenerateNamesRequest(count=1))
        calls = [stub.GenerateNames.future(request) for _ in range(8)]
        stub.GenerateNames(GenerateNamesRequest(count=1))  # behind them: they are in the server
        server.process.send_signal(signal.SIGTERM)
        assert [event["event"] for event in server.events()] == ["draining", "stopped"]
        answers = list(callers.map(lambda call: call.result(), calls))
        assert server.process.wait(30) == 0
    assert [len(answer.names) for answer in answers] == [30_000] * 8


def test_calls_that_outlast_the_grace_are_told_so() -> None:
    """A stream without end is cut with a status and details; the server says so and exits 0."""
    with (
        running("--grace-seconds", "0.2") as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = names_pb2_grpc.NameServiceStub(channel)
        stream = stub.StreamNames(StreamNamesRequest(count=10**9))
        next(stream)
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(grpc.RpcError) as caught:
            for _ in stream:
                pass
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert caught.value.details() == "the server is stopping"
        assert rpc_status.from_call(caught.value).details
        events = [(event["event"], event.get("calls")) for event in server.events()]
        assert events == [("draining", None), ("calls cut", 1), ("stopped", None)]
        assert server.process.wait(30) == 0


def test_health_is_reported_by_service() -> None:
    """The whole server and each of its services are SERVING; an unknown one is NOT_FOUND."""
    with running() as server, grpc.insecure_channel(server.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for service in SERVICES:
            answer = stub.Check(health_pb2.HealthCheckRequest(service=service))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.RpcError) as caught:
            stub.Check(health_pb2.HealthCheckRequest(service="other"))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_reflection_is_an_option() -> None:
    """Asked for, the server lists its services to tools such as grpcurl."""
    from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (  # noqa: PLC0415
        ProtoReflectionDescriptorDatabase,
    )

    with running("--reflection") as server, grpc.insecure_channel(server.address) as channel:
        listed = ProtoReflectionDescriptorDatabase(channel).get_services()
        assert set(SERVICES[1:]) < set(listed)
    with running() as server, grpc.insecure_channel(server.address) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            ProtoReflectionDescriptorDatabase(channel).get_services()
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_torch_and_onnxruntime_are_loaded_only_when_chosen() -> None:
    """A table model is served without either."""
    program = (
        "import sys; from concurrent.futures import ThreadPoolExecutor;"
        " from namesmith_server.app import main, run;"
        " from namesmith_server.app.loading import load_repository;"
        " from namesmith_server.app.settings import Settings;"
        " load_repository(Settings(), ThreadPoolExecutor(1));"
        " assert not {'torch', 'onnxruntime', 'pydantic', 'namesmith_trainer'} & set(sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=False)
    assert ended.returncode == 0


def refused(*options: str | Path, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Exit status and last line of a server that does not start."""
    ended = subprocess.run(
        [SERVER, *options], capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    return ended.returncode, ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("--backend", "tpu"), 2, "--backend: Input should be 'auto', 'table'"),
        (("--threads", "0"), 2, "--threads: Input should be greater than or equal to 1"),
        (("--grace-seconds", "nan"), 2, "--grace-seconds: Input should be"),
        (("--models", "absent"), 1, "models absent: No such file or directory"),
        (("--default-model", "x"), 1, "default model 'x': the models are"),
        (("--backend", "table", "--device", "cuda"), 1, "runs on device cpu only"),
        (("--address", "127.0.0.1:99999"), 1, "port 99999 is not in [0, 65535]"),
        (("--address", "256.0.0.1:1"), 1, "address 256.0.0.1:1: "),
        (("--address", "203.0.113.1:1"), 1, "203.0.113.1:1: Cannot assign requested address"),
        (("--address", "127.0.0.1"), 1, "address 127.0.0.1: is not HOST:PORT"),
        (("--address", "::1:50051"), 1, "address ::1:50051: is not HOST:PORT"),
        (("--models", ""), 2, "--models: is empty, a path is needed (given '')"),
        (("--tls-certificate", "absent.pem", "--tls-key", "absent.pem"), 1, "absent.pem: No such"),
        (("--tls-certificate", "absent.pem"), 2, "--tls-certificate and --tls-key go together"),
    ],
)
def test_a_server_that_cannot_start_says_why(
    options: tuple[str, ...], status: int, message: str
) -> None:
    """One clear line and exit status 1, or 2 for a wrong option."""
    code, line = refused("--address", "127.0.0.1:0", *options)
    assert line.startswith("namesmith-server: ")
    assert message in line
    assert code == status


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_in_use_is_refused(workers: str) -> None:
    """Two servers never share a port silently."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert refused("--address", address, "--workers", workers) == (
            1,
            f"namesmith-server: address {address}: Address already in use",
        )


def test_a_pair_that_is_none_is_told_by_its_file(tmp_path: Path) -> None:
    """No certificate, no key, a key of another certificate; an encrypted key is not asked for."""
    authority = trustme.CA()
    for name in ("one", "other"):
        issued = authority.issue_cert("localhost")
        issued.private_key_pem.write_to_path(tmp_path / f"{name}.key")
        issued.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
    (tmp_path / "text").write_text("hello\n")
    locked = serialization.load_pem_private_key((tmp_path / "one.key").read_bytes(), None)
    (tmp_path / "locked").write_bytes(
        locked.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    files = {
        ("text", "one.key"): "text: holds no certificate in PEM form",
        ("one.key", "one.key"): "one.key: holds no certificate in PEM form",
        ("one.pem", "text"): "text: holds no private key in PEM form without a passphrase",
        ("one.pem", "locked"): "locked: holds no private key in PEM form without a passphrase",
        ("one.pem", "other.key"): f"other.key: is not the key of {tmp_path / 'one.pem'}",
    }
    for (certificate, key), message in files.items():
        pair = ("--tls-certificate", tmp_path / certificate, "--tls-key", tmp_path / key)
        assert refused("--address", "127.0.0.1:0", *pair) == (
            1,
            f"namesmith-server: {tmp_path / message.partition(':')[0]}:{message.partition(':')[2]}",
        )


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_interrupt_ends_the_drain(workers: str) -> None:
    """At once, with the status of an interrupted program; a second SIGTERM does not."""
    stream = StreamNamesRequest(count=10**9)
    with running("--workers", workers) as server, grpc.insecure_channel(server.address) as channel:
        next(names_pb2_grpc.NameServiceStub(channel).StreamNames(stream))
        events = server.events()
        for number in (signal.SIGTERM, signal.SIGTERM):
            server.process.send_signal(number)
        assert next(event for event in events if event["event"] == "draining")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(10) == 128 + signal.SIGINT


def test_help_and_version_speak_to_people() -> None:
    """Words for values, no types of Python's; the version of the package."""
    told = subprocess.run([SERVER, "--help"], capture_output=True, text=True, check=True).stdout
    assert "--grace-seconds SECONDS" in told
    assert "--models FOLDER" in told
    for word in (" int", " str", " float", "Path", "tuple", "None"):
        assert word not in told
    told = subprocess.run([SERVER, "--version"], capture_output=True, text=True, check=True).stdout
    assert told == f"namesmith-server, version {version('namesmith')}\n"


@pytest.mark.parametrize(
    ("program", "missing", "extra"),
    [
        ("namesmith_server.app.main", "uvloop", "server"),
        ("namesmith_server.app.main", "pythonjsonlogger", "server"),
        ("namesmith_server.app.main", "numpy", "server"),
        ("namesmith_trainer.main", "torch", "trainer"),
        ("namesmith_trainer.main", "jinja2", "trainer"),
    ],
)
def test_a_missing_extra_is_told_in_one_line(program: str, missing: str, extra: str) -> None:
    """A package that is not installed: exit status 1 and what to install."""
    code = f"import sys; sys.modules[{missing!r}] = None; from {program} import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    name = program.partition(".")[0].replace("_", "-")
    assert ended.stderr.splitlines() == [
        f"{name}: {missing} is not installed; install namesmith[{extra}]"
    ]


def test_options_come_from_the_environment_too(tmp_path: Path) -> None:
    """NAMESMITH_MODELS is --models; the command line wins over it."""
    environment = {
        "NAMESMITH_MODELS": str(tmp_path / "absent"),
        "NAMESMITH_ADDRESS": "127.0.0.1:0",
        "PATH": "",
    }
    assert "absent: No such file" in refused(environment=environment)[1]
    code, line = refused("--models", tmp_path / "other", environment=environment)
    assert (code, "other: No such file" in line) == (1, True)
