"""Fault 42: large questions take gigabytes, which stay: work claims bytes, and gives them back."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2 as details
from grpc_status import rpc_status

from namesmith.v1 import names_pb2 as pb
from namesmith.v1 import names_pb2_grpc
from processes import ServerProcess, refused, running

QUESTIONS = 60
"""Number of large questions that come at once."""

MOST, LEFT = 400, 60
"""Bounds on the memory above the idle server's, in MiB: at any time, and 10 s later."""

PATIENCE = 300.0
"""Seconds in which the questions are answered on a busy machine."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"

Stub = names_pb2_grpc.NameServiceStub
Ask = Callable[[Stub, pb.Constraint], "grpc.Future"]


@pytest.fixture
def stub_of() -> Iterator[Callable[[ServerProcess], Stub]]:
    """Provide a function that connects to a server."""
    channels: list[grpc.Channel] = []

    def connect(server: ServerProcess) -> Stub:
        options = [("grpc.max_receive_message_length", 64 << 20)]
        channels.append(grpc.insecure_channel(server.address, options))
        return Stub(channels[-1])

    yield connect
    for channel in channels:
        channel.close()


def large(seed: int, *, longest: int = 64) -> pb.Constraint:
    """Return a constraint whose chain is large: a pattern, new names and 10,000 forbidden ones."""
    draws = random.Random(seed)  # noqa: S311 - the same questions every time
    first, second, third = draws.sample(LETTERS, 3)
    return pb.Constraint(
        pattern=f".*{first}.*({second}|{third}).*",
        forbidden=["".join(draws.choices(LETTERS, k=9)) for _ in range(10_000)],
        novel=True,
        max_length=longest,
    )


def measure(stub: Stub, constraint: pb.Constraint) -> "grpc.Future":
    """Ask how probable a constraint is."""
    return stub.MeasureConstraint.future(
        pb.MeasureConstraintRequest(constraint=constraint), timeout=PATIENCE
    )


def top(stub: Stub, constraint: pb.Constraint) -> "grpc.Future":
    """Ask for the most probable names."""
    return stub.ListTopNames.future(
        pb.ListTopNamesRequest(count=10_000, constraint=constraint), timeout=PATIENCE
    )


def distinct(stub: Stub, constraint: pb.Constraint) -> "grpc.Future":
    """Ask for many distinct names."""
    constraint.max_length = 20
    request = pb.GenerateNamesRequest(count=100_000, distinct=True, constraint=constraint)
    return stub.GenerateNames.future(request, timeout=PATIENCE)


def drawn(stub: Stub, constraint: pb.Constraint) -> "grpc.Future":
    """Ask for a few names, of a chain that is new."""
    request = pb.GenerateNamesRequest(count=100, constraint=constraint)
    return stub.GenerateNames.future(request, timeout=PATIENCE)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["us-names", "us-names-distilled"])
@pytest.mark.parametrize("ask", [measure, top, distinct, drawn], ids=lambda ask: ask.__name__)
def test_fault_42_large_questions_hold_bounded_memory_and_give_it_back(
    model: str, ask: Ask, stub_of: Callable[[ServerProcess], Stub]
) -> None:
    """However many come at once, each is answered, or refused because there are too many."""
    with running("--only", model) as server:
        stub = stub_of(server)
        for _ in range(100):
            stub.GenerateNames(pb.GenerateNamesRequest(count=1))
        idle = resident(server, "VmRSS")
        questions = [ask(stub, large(seed)) for seed in range(QUESTIONS)]
        codes = {question.code() for question in questions}
        ended = time.monotonic()
        assert codes <= {grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert questions[0].code() is grpc.StatusCode.OK
        assert resident(server, "VmHWM") - idle <= MOST
        while resident(server, "VmRSS") - idle > LEFT:
            assert time.monotonic() < ended + 10
            time.sleep(0.1)


@pytest.mark.slow
def test_fault_42_near_the_limit_costly_calls_are_refused_and_plain_ones_answered(
    stub_of: Callable[[ServerProcess], Stub],
) -> None:
    """A question that does not fit may be tried again later, says its status, and holds nothing."""
    with running("--memory-limit", "160Mi") as server:
        stub = stub_of(server)
        constraint = pb.Constraint(pattern=".*a.*e.*i.*(o|u).*", max_length=64)
        error = top(stub, constraint).exception(PATIENCE)
        assert isinstance(error, grpc.RpcError)
        status = rpc_status.from_call(error)
        assert status is not None
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert any(part.Is(details.RetryInfo.DESCRIPTOR) for part in status.details)
        assert len(stub.GenerateNames(pb.GenerateNamesRequest(count=3)).names) == 3
        small = pb.ListTopNamesRequest(count=3, constraint=pb.Constraint(prefix="mar"))
        assert len(stub.ListTopNames(small).names) == 3
        assert resident(server, "VmHWM") < 160


def test_fault_42_a_limit_that_the_models_exceed_is_refused_at_the_start() -> None:
    """The server ends with a line that has the limit, and the bytes that it needs."""
    ended = refused("--memory-limit", "64Mi")
    assert ended.returncode == 1
    assert "67108864 bytes (--memory-limit)" in ended.stderr
    assert "at least" in ended.stderr


def test_fault_42_the_limit_is_told_in_the_log() -> None:
    """With its bytes and where it comes from."""
    with running("--memory-limit", "1Gi") as server:
        (told,) = (event for event in server.log if event["event"] == "memory limit")
        assert (told["bytes"], told["source"]) == (1 << 30, "--memory-limit")


def resident(server: ServerProcess, which: str) -> int:
    """Return the resident memory of a server in MiB: VmRSS now, or VmHWM at most so far."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith(which))
    return int(line.split()[1]) >> 10
