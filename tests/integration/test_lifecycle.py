"""The server process, from its start to its end."""

import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from namesmith.bundle import Bundle
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import EvaluateSplitRequest, GenerateNamesRequest
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
        (("--address", "256.0.0.1:1"), 1, "address 256.0.0.1:1: cannot be listened on"),
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


def test_a_port_in_use_is_refused() -> None:
    """Two servers never share a port silently."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert refused("--address", address) == (
            1,
            f"namesmith-server: address {address}: cannot be listened on",
        )


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
