"""A server process with a model that is too large for a table, on each runtime."""

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
    """Provide a run of the recipe wavenet with a small network, for 200 steps."""
    recipe = replace(RECIPES["wavenet"], steps=200, hidden=24, embedding=8, batch_size=64)
    return train(Names.read("us-names"), recipe, 42, "cpu", lambda blocks: blocks)


@pytest.fixture(scope="module")
def models(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a repository with the model as its only one."""
    folder = tmp_path_factory.mktemp("models")
    publish(folder, *build_bundle(trained, "deep", with_report=False))
    return folder


@pytest.fixture(
    scope="module", params=["onnx", pytest.param("torchscript", marks=pytest.mark.slow)]
)
def names(request: pytest.FixtureRequest, models: Path) -> Iterator[names_pb2_grpc.NameServiceStub]:
    """Provide the name service of a server process, once on each runtime."""
    options = ("--models", models, "--backend", request.param)
    with running(*options) as server, grpc.insecure_channel(server.address) as channel:
        yield names_pb2_grpc.NameServiceStub(channel)


def test_the_bundle_has_graphs_and_no_chain(models: Path) -> None:
    """27^8 contexts are too many for a table; both graphs are in the bundle."""
    opened = Bundle.open(models / "deep" / "1")
    assert not opened.has(bundle.TABLE)
    assert opened.has(bundle.ONNX)
    assert opened.has(bundle.TORCHSCRIPT)


def test_split_losses_are_the_trainers(names: names_pb2_grpc.NameServiceStub, trained: Run) -> None:
    """The loss of each split over gRPC is the trainer's, within 1e-5."""
    for split, loss in trained.losses.items():
        answer = names.EvaluateSplit(names_pb2.EvaluateSplitRequest(split=split))
        assert abs(answer.loss - loss) < 1e-5


def test_a_seed_gives_the_same_names(names: names_pb2_grpc.NameServiceStub) -> None:
    """Two calls with one seed draw the same 20 names."""
    request = names_pb2.GenerateNamesRequest(count=20, seed=3)
    first, second = names.GenerateNames(request), names.GenerateNames(request)
    assert first.names == second.names
    assert len(first.names) == 20
