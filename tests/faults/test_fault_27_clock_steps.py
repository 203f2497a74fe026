"""Fault 27: the wall clock steps by an hour, forwards and backwards, under a running server."""

import shutil
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import GenerateNamesRequest, StreamNamesRequest
from processes import ONE_OR_TWO, SERVER, ServerProcess, running

HOUR = 3_600


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """Provide the file that moves the wall clock of a process with ``library``."""
    path = tmp_path / "clock"
    step(path, 0)
    return path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Provide the library that moves the wall clock."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    source, built = Path(__file__).with_name("clock.c"), tmp_path / "clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, source], check=True)
    return built


def step(clock: Path, seconds: int) -> None:
    """Move the wall clock to so many seconds after the machine's."""
    with clock.open("r+b" if clock.exists() else "wb") as file:
        file.write(struct.pack("q", seconds))


@pytest.mark.parametrize("workers", ONE_OR_TWO)
def test_fault_27_a_step_of_the_clock_cuts_nothing(
    clock: Path, library: Path, workers: str
) -> None:
    """Streams go on, deadlines are kept, and health stays SERVING; the log tells the new time."""
    program = ["env", f"LD_PRELOAD={library}", f"NAMESMITH_TEST_CLOCK={clock}", str(SERVER)]
    with (
        running("--workers", workers, program=program) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        stub = names_pb2_grpc.NameServiceStub(channel)
        stream = stub.StreamNames(StreamNamesRequest(count=10**9), timeout=250)
        next(stream)
        for seconds in (HOUR, -HOUR, 24 * HOUR, 0, HOUR):
            step(clock, seconds)
            for _ in range(5):
                assert next(stream).names
                assert stub.GenerateNames(GenerateNamesRequest(count=3), timeout=60).names
            assert is_serving(channel)
            assert stream.is_active()
        with pytest.raises(grpc.RpcError) as caught:  # a deadline is still one
            for _ in stub.StreamNames(StreamNamesRequest(count=10**9), timeout=1):
                pass
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        stream.cancel()
        check_stop(server)


def is_serving(channel: grpc.Channel) -> bool:
    """Tell whether the server reports that it serves."""
    answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=60)
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def check_stop(server: ServerProcess) -> None:
    """Stop the server: no worker was taken for one that hangs, and the clock had really moved."""
    server.process.terminate()
    events = list(server.events())
    assert server.process.wait(60) == 0
    assert {event["event"] for event in events} <= {"draining", "stopped", "calls cut"}
    ahead = datetime.fromisoformat(events[-1]["timestamp"]) - datetime.now(UTC)
    assert ahead > timedelta(seconds=HOUR / 2)
