"""A model without a table is served as exactly as one with."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from namesmith import bundle
from namesmith.bundle import Bundle
from namesmith.v1 import names_pb2, names_pb2_grpc
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES
from namesmith_trainer.publish import build_bundle, publish
from namesmith_trainer.training import Run, train
from processes import running


@pytest.fixture(scope="module")
def trained() -> Run:
    """The recipe wavenet, small and for a moment."""
    recipe = replace(RECIPES["wavenet"], steps=200, hidden=24, embedding=8, batch_size=64)
    return train(Names.read("us-names"), recipe, 42, "cpu", lambda blocks: blocks)


@pytest.fixture(scope="module")
def models(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with that model alone."""
    folder = tmp_path_factory.mktemp("models")
    publish(folder, *build_bundle(trained, "deep", with_report=False))
    return folder


@pytest.fixture(scope="module", params=["onnx", "torchscript"])
def names(request: pytest.FixtureRequest, models: Path) -> Iterator[names_pb2_grpc.NameServiceStub]:
    """A real server's name service, by each runtime."""
    options = ("--models", models, "--backend", request.param)
    with running(*options) as server, grpc.insecure_channel(server.address) as channel:
        yield names_pb2_grpc.NameServiceStub(channel)


def test_there_is_no_table(models: Path) -> None:
    """27^8 contexts are too many; both graphs are there."""
    opened = Bundle.open(models / "deep" / "1")
    assert not opened.has(bundle.TABLE)
    assert opened.has(bundle.ONNX)
    assert opened.has(bundle.TORCHSCRIPT)


def test_split_losses_are_the_trainers(names: names_pb2_grpc.NameServiceStub, trained: Run) -> None:
    """Over the wire every split's loss is the trainer's within 1e-5."""
    for split, loss in trained.losses.items():
        answer = names.EvaluateSplit(names_pb2.EvaluateSplitRequest(split=split))
        assert abs(answer.loss - loss) < 1e-5


def test_a_seed_gives_names(names: names_pb2_grpc.NameServiceStub) -> None:
    """The same ones at each call."""
    request = names_pb2.GenerateNamesRequest(count=20, seed=3)
    first, second = names.GenerateNames(request), names.GenerateNames(request)
    assert first.names == second.names
    assert len(first.names) == 20
