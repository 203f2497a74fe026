"""The texts that a server excludes from every name: no call draws or lists one that holds them."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest

from namesmith.excluded_texts import sha256_of_texts
from namesmith.v1 import names_pb2_grpc, server_pb2_grpc
from namesmith.v1.names_pb2 import (
    Constraint,
    GenerateNamesRequest,
    ListTopNamesRequest,
    MeasureConstraintRequest,
    StreamNamesRequest,
)
from namesmith.v1.server_pb2 import GetServerRequest
from namesmith_server.app.errors import ExcludesError
from namesmith_server.app.excludes import read_excludes
from namesmith_server.app.settings import Settings
from refusals import refusal
from server.conftest import connected

TEXTS = ("an", "El", "q1")
"""Texts of the server, of which one stands in no name of the model."""

BOTH = Constraint(excludes=["an", "el", "ri"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write the file of the texts."""
    file = tmp_path / "words.txt"
    file.write_text("\n".join(TEXTS), encoding="utf-8")
    return file


@pytest.fixture
async def excluding(file: Path, executor: ThreadPoolExecutor) -> AsyncIterator[Any]:
    """Provide the NameService of a server with the file."""
    settings = Settings(address="127.0.0.1:0", excludes_file=file)
    async with connected(settings, executor) as channel:
        yield names_pb2_grpc.NameServiceStub(channel)


@pytest.mark.slow
async def test_every_call_answers_as_one_that_excludes_the_texts_itself(
    names: Any, excluding: Any
) -> None:
    """Names, most probable names and measures are those of the request's own excludes."""
    for own, whole in ((None, ["an", "el"]), (Constraint(prefix="k"), ["an", "el"])):
        asked = Constraint(prefix="" if own is None else own.prefix, excludes=whole)
        for kind, call in (
            (GenerateNamesRequest, "GenerateNames"),
            (ListTopNamesRequest, "ListTopNames"),
        ):
            fields = {"count": 50} | ({"seed": 3} if kind is GenerateNamesRequest else {})
            ours = await getattr(excluding, call)(kind(constraint=own, **fields))
            theirs = await getattr(names, call)(kind(constraint=asked, **fields))
            assert ours.names == theirs.names
            assert not [name for name in ours.names if "an" in name or "el" in name]
        ours = await excluding.MeasureConstraint(MeasureConstraintRequest(constraint=own))
        theirs = await names.MeasureConstraint(MeasureConstraintRequest(constraint=asked))
        assert ours == theirs
    plain = GenerateNamesRequest(count=50, seed=3)
    stream = excluding.StreamNames(StreamNamesRequest(count=50, seed=3))
    streamed = [name async for chunk in stream for name in chunk.names]
    assert streamed == list((await excluding.GenerateNames(plain)).names)


async def test_the_texts_of_a_request_join_those_of_the_server(names: Any, excluding: Any) -> None:
    """Neither list takes the other's place."""
    asked = GenerateNamesRequest(count=50, seed=3, constraint=Constraint(excludes=["ri"]))
    ours = await excluding.GenerateNames(asked)
    both = await names.GenerateNames(GenerateNamesRequest(count=50, seed=3, constraint=BOTH))
    assert ours.names == both.names


async def test_a_prefix_that_holds_a_text_leaves_no_name(excluding: Any) -> None:
    """The refusal says that the server has texts of its own, and none of them."""
    for prefix in ("anna", "ela"):
        request = GenerateNamesRequest(count=1, constraint=Constraint(prefix=prefix))
        code, message, *_ = await refusal(excluding.GenerateNames(request))
        assert code is grpc.StatusCode.FAILED_PRECONDITION
        assert message.endswith("; this server excludes texts of its own from every name")


async def test_a_server_tells_the_hash_of_its_texts(
    file: Path, executor: ThreadPoolExecutor
) -> None:
    """The hash tells a reader of two servers whether both exclude the same texts."""
    for given in (None, file):
        settings = Settings(address="127.0.0.1:0", excludes_file=given)
        async with connected(settings, executor) as channel:
            stub = server_pb2_grpc.ServerServiceStub(channel)
            told = (await stub.GetServer(GetServerRequest())).excludes_sha256
        assert told == sha256_of_texts(TEXTS if given else ())


def test_a_file_with_a_fault_is_refused(file: Path) -> None:
    """The message names the option and the line."""
    file.write_bytes(b"a\n\xff")
    with pytest.raises(ExcludesError, match=r"^--excludes-file: .*: line 2 is not UTF-8 text$"):
        read_excludes(Settings(excludes_file=file))
