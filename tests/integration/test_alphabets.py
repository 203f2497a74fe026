"""Names of any alphabet pass through training, bundle, server and wire unchanged."""

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

DOTTED = ("Mr. Mime", "H.-D.")
"""Names that hold the character that shows the end of a name."""

NAMES = (
    *DOTTED,
    "Zoë",
    "O'Neil",
    "Jean-Luc",
    "Mary Ann",
    "Ærø",
    "Ёлка",
    "李小龍",
    "さくら",
    "नेहा",
    "محمد",
)
"""Names in several alphabets, each often enough in the data to be in every split."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Provide a small model that has learnt the names by heart."""
    path = tmp_path_factory.mktemp("data") / "names.txt"
    path.write_text("".join(f"{name}\n" for name in NAMES * 40), encoding="utf-8")
    recipe = replace(RECIPES["batchnorm"], steps=1_000, hidden=32, embedding=8)
    return train(Names.read(str(path)), recipe, 42, "cpu", lambda blocks: blocks)


@pytest.fixture(scope="module")
def channel(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[grpc.Channel]:
    """Provide a connection to a real server that serves the model."""
    models = tmp_path_factory.mktemp("models")
    publish(models, *build_bundle(trained, "m", with_report=False))
    with running("--models", models) as server, grpc.insecure_channel(server.address) as channel:
        yield channel


def test_every_alphabet_is_sampled(channel: grpc.Channel) -> None:
    """A model that knows the names by heart returns each, character by character."""
    stub = names_pb2_grpc.NameServiceStub(channel)
    sampling = names_pb2.Sampling(top_p=0.9)  # without the tails, in which anything may be
    request = names_pb2.GenerateNamesRequest(count=500, seed=1, sampling=sampling)
    drawn = set(stub.GenerateNames(request).names)
    assert set(NAMES) <= drawn


def test_every_alphabet_is_scored(channel: grpc.Channel) -> None:
    """Each name is far likelier than a guess; a decomposed accent is composed first."""
    stub = names_pb2_grpc.NameServiceStub(channel)
    for names in (NAMES, ["Zoe\u0308"]):
        scores = stub.ScoreNames(names_pb2.ScoreNamesRequest(names=names)).scores
        assert all(score.log_prob > -6 for score in scores)


def test_splits_of_every_alphabet_arrive_unchanged(channel: grpc.Channel, trained: Run) -> None:
    """The server counts the trainer's names and symbols in each split, and finds its loss."""
    stub = names_pb2_grpc.NameServiceStub(channel)
    manifest = models_pb2_grpc.ModelServiceStub(channel).GetModel(models_pb2.GetModelRequest())
    end, *characters = manifest.model.manifest.vocabulary.symbols
    assert (end, characters) == (".", sorted(set("".join(NAMES))))
    for split, loss in trained.losses.items():
        answer = stub.EvaluateSplit(names_pb2.EvaluateSplitRequest(split=split))
        assert answer.names == len(trained.data.splits()[split])
        assert answer.symbols == trained.symbols[split]
        assert abs(answer.loss - loss) < 1e-5


def test_a_dot_is_a_character_in_every_question(channel: grpc.Channel) -> None:
    """A prefix, a pattern, a score and the rest tell the dot in a name from the end of the name."""
    stub = names_pb2_grpc.NameServiceStub(channel)
    sampling = names_pb2.Sampling(top_p=0.9)

    def drawn(**constraint: object) -> set[str]:
        asked = names_pb2.Constraint(**constraint)  # type: ignore[arg-type]
        request = names_pb2.GenerateNamesRequest(
            count=50, seed=1, sampling=sampling, constraint=asked
        )
        return set(stub.GenerateNames(request).names)

    assert "Mr. Mime" in drawn(prefix="Mr. ")
    assert drawn(prefix="Mr. ") == drawn(prefix="Mr. ", pattern=r"Mr\. .*")
    assert "H.-D." in drawn(suffix=".")
    assert all(name.count(".") == 2 for name in drawn(pattern=r"[^.]*\.[^.]*\.", contains="."))
    for content in ({"novel": True}, {"forbidden": DOTTED}):
        assert drawn(suffix=".", **content).isdisjoint(DOTTED)
    [score] = stub.ScoreNames(
        names_pb2.ScoreNamesRequest(names=["Mr. Mime"], per_character=True)
    ).scores
    assert len(score.character_log_probs) == len("Mr. Mime.")
    top = stub.ListTopNames(names_pb2.ListTopNamesRequest(count=1, constraint={"prefix": "H."}))
    assert list(top.names) == ["H.-D."]
