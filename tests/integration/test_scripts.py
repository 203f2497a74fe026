"""Names of any script go through training, bundle, server and wire unharmed."""

from collections.abc import Iterator
from dataclasses import replace

import grpc
import pytest

from namesmith.v1 import models_pb2, models_pb2_grpc, names_pb2, names_pb2_grpc
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES
from namesmith_trainer.publish import build_bundle, publish
from namesmith_trainer.training import Run, train
from processes import running

NAMES = ("Zoë", "O'Neil", "Jean-Luc", "Mary Ann", "Ærø", "Ёлка", "李小龍", "さくら", "नेहा", "محمد")
"""Each is in every split: duplicates are kept."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small model of the names, which learns them by heart."""
    path = tmp_path_factory.mktemp("data") / "names.txt"
    path.write_text("".join(f"{name}\n" for name in NAMES * 40), encoding="utf-8")
    recipe = replace(RECIPES["batchnorm"], steps=1_000, hidden=32, embedding=8)
    return train(Names.read(str(path)), recipe, 42, "cpu", lambda blocks: blocks)


@pytest.fixture(scope="module")
def channel(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[grpc.Channel]:
    """A connection to a real server that serves the model."""
    models = tmp_path_factory.mktemp("models")
    publish(models, *build_bundle(trained, "m", with_report=False))
    with running("--models", models) as server, grpc.insecure_channel(server.address) as channel:
        yield channel


def test_sampled_names_are_names_of_the_data(channel: grpc.Channel) -> None:
    """A model that knows ten names by heart gives them back, every character as it was."""
    stub = names_pb2_grpc.NameServiceStub(channel)
    sampling = names_pb2.Sampling(top_p=0.9)  # without the tails, in which anything may be
    request = names_pb2.GenerateNamesRequest(count=500, seed=1, sampling=sampling)
    drawn = set(stub.GenerateNames(request).names)
    assert set(NAMES) <= drawn


def test_every_name_is_scored(channel: grpc.Channel) -> None:
    """Each is in the vocabulary, composed or not, and far likelier than a guess."""
    stub = names_pb2_grpc.NameServiceStub(channel)
    for names in (NAMES, ["Zoe\u0308"]):
        scores = stub.ScoreNames(names_pb2.ScoreNamesRequest(names=names)).scores
        assert all(score.log_prob > -6 for score in scores)


def test_the_splits_arrive_as_they_were(channel: grpc.Channel, trained: Run) -> None:
    """The server counts the names and symbols that the trainer counted, and finds their loss."""
    stub = names_pb2_grpc.NameServiceStub(channel)
    manifest = models_pb2_grpc.ModelServiceStub(channel).GetModel(models_pb2.GetModelRequest())
    assert set(manifest.model.manifest.vocabulary.symbols) == {".", *"".join(NAMES)}
    for split, loss in trained.losses.items():
        answer = stub.EvaluateSplit(names_pb2.EvaluateSplitRequest(split=split))
        assert answer.names == len(trained.data.splits()[split])
        assert answer.symbols == trained.symbols[split]
        assert abs(answer.loss - loss) < 1e-5
