"""Fault 25: one row of a batch makes the runtime fail; the rows beside it are others'."""

import asyncio
from pathlib import Path

import grpc
import pytest

from changed import changed
from namesmith.v1 import names_pb2_grpc
from namesmith.v1.names_pb2 import Constraint, GenerateNamesRequest, ScoreNamesRequest
from processes import running
from refusals import refusal

POISONED = """
from pathlib import Path

from namesmith_server.backends.onnx import OnnxBackend

log_probs = OnnxBackend.log_probs


def poisoned(self, contexts):
    if Path({path!r}).exists() and (contexts == 26).all(axis=1).any():
        raise RuntimeError("zzzzzz")
    return log_probs(self, contexts)


OnnxBackend.log_probs = poisoned
"""
"""A change of the server: its backend fails on every batch with a context of six z, whenever a
file exists."""

POISON = GenerateNamesRequest(count=5, seed=1, constraint=Constraint(prefix="zzzzzz"))


async def test_fault_25_a_poison_row_fails_alone(deep_repository: Path, tmp_path: Path) -> None:
    """30 calls beside 10 poisoned ones get the names that each gets alone; the others fail."""
    path = tmp_path / "poisoned"
    change = POISONED.format(path=str(path))
    healthy = [GenerateNamesRequest(count=10 * n, seed=n) for n in range(1, 31)]
    with changed(tmp_path, change, "--models", deep_repository, "--backend", "onnx") as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub = names_pb2_grpc.NameServiceStub(channel)
            alone = [list((await stub.GenerateNames(one)).names) for one in healthy]
            path.touch()
            calls = [stub.GenerateNames(one) for one in healthy]
            poisoned = [refusal(stub.GenerateNames(POISON)) for _ in range(10)]
            refused, *answers = await asyncio.gather(asyncio.gather(*poisoned), *calls)
    assert [list(answer.names) for answer in answers] == alone
    assert {code for code, *_ in refused} <= {
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,  # where no other row was in the batch any more
    }
    assert all("zzzzzz" not in message for _, message, *_ in refused)


@pytest.mark.parametrize("backend", ["table", "onnx"])
async def test_fault_25_a_name_that_cannot_be_scored_fails_alone(
    repository: Path, backend: str
) -> None:
    """Calls with a character that the model lacks are refused beside calls that are answered."""
    with running("--models", repository, "--backend", backend) as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            stub = names_pb2_grpc.NameServiceStub(channel)
            calls = [stub.ScoreNames(ScoreNamesRequest(names=["anna"] * n)) for n in range(1, 21)]
            wrong = [stub.ScoreNames(ScoreNamesRequest(names=["anna", "a1"])) for _ in range(20)]
            refused, *answers = await asyncio.gather(asyncio.gather(*map(refusal, wrong)), *calls)
    assert [len(answer.scores) for answer in answers] == list(range(1, 21))
    assert {code for code, *_ in refused} == {grpc.StatusCode.INVALID_ARGUMENT}
