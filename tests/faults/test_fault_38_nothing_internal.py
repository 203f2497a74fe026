"""Fault 38: an exception whose text holds a secret and a path, from anywhere in the server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from changed import changed
from namesmith.v1 import models_pb2, models_pb2_grpc, names_pb2_grpc
from namesmith.v1 import names_pb2 as pb
from processes import ServerProcess, refused

SECRET = "hunter2 in /etc/namesmith/secret.key"  # noqa: S105 - stands for one

LEAKS = ("hunter2", "/etc", "RuntimeError", "raising", ".py")
"""Texts that only the inside of the server holds."""

RAISING = f"""
from namesmith_server.engine import Model
from namesmith_server.engine.model import ExactInference


def raising(*_):
    raise RuntimeError("{SECRET}")


async def raising_later(*_):
    raising()


async def streaming(*_):
    raising()
    yield


Model.try_generate_inline, Model.stream = raising, streaming
Model.generate = Model.score = Model.loss = Model.split_loss = raising_later
Model.description = raising_later
ExactInference.measure = ExactInference.top = raising_later
"""
"""A change of the server: every method of its model, and of the model's inference, raises."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Provide a server whose model raises whatever it is asked."""
    with changed(tmp_path_factory.mktemp("program"), RAISING) as server:
        yield server


CALLS: list[tuple[str, Callable[[grpc.Channel], Any], Message]] = [
    ("GenerateNames", names_pb2_grpc.NameServiceStub, pb.GenerateNamesRequest(count=3)),
    ("StreamNames", names_pb2_grpc.NameServiceStub, pb.StreamNamesRequest(count=3)),
    ("ScoreNames", names_pb2_grpc.NameServiceStub, pb.ScoreNamesRequest(names=["anna"])),
    ("EvaluateSplit", names_pb2_grpc.NameServiceStub, pb.EvaluateSplitRequest(split="val")),
    ("EvaluateNames", names_pb2_grpc.NameServiceStub, pb.EvaluateNamesRequest(names=["anna"])),
    ("MeasureConstraint", names_pb2_grpc.NameServiceStub, pb.MeasureConstraintRequest()),
    ("ListTopNames", names_pb2_grpc.NameServiceStub, pb.ListTopNamesRequest(count=3)),
    ("DescribeModel", models_pb2_grpc.ModelServiceStub, models_pb2.DescribeModelRequest()),
]


@pytest.mark.parametrize(("method", "stub", "request_"), CALLS, ids=[call[0] for call in CALLS])
def test_fault_38_no_status_holds_the_text_of_an_exception(
    server: ServerProcess, method: str, stub: Callable[[grpc.Channel], Any], request_: Message
) -> None:
    """The call is INTERNAL, and no byte of its status is the exception's; the log has it all."""
    with grpc.insecure_channel(server.address) as channel:
        call = getattr(stub(channel), method)
        given = iter([request_]) if method == "EvaluateNames" else request_
        with pytest.raises(grpc.RpcError) as caught:
            next(iter(call(given, timeout=60)))  # only a stream comes as far as its first message
    status: Any = caught.value
    assert status.code() is grpc.StatusCode.INTERNAL
    sent = repr((status.details(), status.trailing_metadata(), status.initial_metadata()))
    assert not any(word in sent for word in LEAKS)
    logged = next(one for one in server.events() if one["event"] == "call failed")
    assert SECRET in logged["exc_info"]


def test_fault_38_a_start_that_fails_shows_no_traceback(tmp_path: Path) -> None:
    """An error of the start is a line about the operator's own words."""
    ended = refused("--models", tmp_path / "absent")
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
