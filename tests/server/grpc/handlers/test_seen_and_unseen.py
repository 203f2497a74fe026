"""EvaluateSplit on a real server: the losses of seen, unseen and novel names, by brute force."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest

from namesmith.bundle import split_path
from namesmith.v1.names_pb2 import (
    EvaluateNamesRequest,
    EvaluateSplitRequest,
    EvaluateSplitResponse,
    ModelRef,
    PartialLoss,
    ScoreNamesRequest,
)
from namesmith.v1.names_pb2_grpc import NameServiceStub
from namesmith_trainer.publish import build_bundle, publish
from namesmith_trainer.training import Run
from processes import running

MODELS = ("disjoint", "mixed", "untaught")
"""Models of the repository: no name of val in train; some; no split train at all."""

Splits = dict[str, list[str]]


@pytest.fixture(scope="module")
def splits(small_run: Run) -> dict[str, Splits]:
    """Provide the names of each model's splits."""
    train, val = small_run.splits["train"], small_run.splits["val"]
    seen = [train[0], train[1].upper(), train[0], train[2]]  # an encoded name has no case
    mixed = [*val[:40], *seen, *val[30:60], val[0]]
    return {
        "disjoint": {"train": [*train, *train[:100]], "val": val},
        "mixed": {"train": train, "val": mixed, "test": seen},
        "untaught": {"val": mixed},
    }


@pytest.fixture(scope="module")
def models(
    small_run: Run, splits: dict[str, Splits], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Provide a repository with the small run's network under other splits."""
    folder = tmp_path_factory.mktemp("models")
    manifest, files = build_bundle(small_run, "small", with_report=False)
    forms = {path: raw for path, raw in files.items() if not path.startswith("splits/")}
    for model, parts in splits.items():
        manifest.model = model
        del manifest.splits[:]
        for split, names in parts.items():
            manifest.splits.add(name=split, names=len(names))
        texts = {split_path(split): "\n".join(names).encode() for split, names in parts.items()}
        publish(folder, manifest, forms | texts)
    return folder


@pytest.fixture(scope="module", params=["table", "onnx"])
def names(request: pytest.FixtureRequest, models: Path) -> Iterator[NameServiceStub]:
    """Provide the name service of a server process, once on each backend."""
    options = ("--models", models, "--backend", request.param)
    default = ("--default-model", MODELS[0])
    with running(*options, *default) as server, grpc.insecure_channel(server.address) as channel:
        yield NameServiceStub(channel)


def evaluation(names: NameServiceStub, model: str, split: str) -> EvaluateSplitResponse:
    """Return the evaluation of a split."""
    return names.EvaluateSplit(EvaluateSplitRequest(model=ModelRef(name=model), split=split))


def log_probs(names: NameServiceStub, given: Sequence[str]) -> list[float]:
    """Return the log-probability of each name, the same for every model of the repository."""
    response = names.ScoreNames(ScoreNamesRequest(names=given))
    return [score.log_prob for score in response.scores]


def holds(names: NameServiceStub, part: PartialLoss | EvaluateSplitResponse, of: list[str]) -> bool:
    """Return whether a loss is that of the given names, by their scores."""
    symbols = sum(len(name) + 1 for name in of)
    loss = -math.fsum(log_probs(names, of)) / symbols if of else 0.0
    counts = (part.names, part.symbols) == (len(of), symbols)
    return counts and part.loss == pytest.approx(loss, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("model", "split"),
    [
        pytest.param("disjoint", "train", marks=pytest.mark.slow),
        pytest.param("disjoint", "val", marks=pytest.mark.slow),
        ("mixed", "val"),
        ("mixed", "test"),
        ("untaught", "val"),
    ],
)
def test_the_losses_are_those_of_the_scored_names(
    names: NameServiceStub, splits: dict[str, Splits], model: str, split: str
) -> None:
    """Both parts agree with the scores of their names, and the whole is what it is without them."""
    given = splits[model][split]
    train = set(splits[model].get("train", ()))
    seen = [name for name in given if name.lower() in train]
    answer = evaluation(names, model, split)
    assert holds(names, answer, given)
    assert holds(names, answer.seen, seen)
    assert holds(names, answer.unseen, [name for name in given if name.lower() not in train])
    sent = names.EvaluateNames(iter([EvaluateNamesRequest(names=given)]))
    assert answer.loss == sent.loss
    assert answer == evaluation(names, model, split)


def test_the_novel_loss_is_normalised_without_the_training_names(
    names: NameServiceStub, splits: dict[str, Splits]
) -> None:
    """It is that of scores over 1 - P(train), where P(train) counts each training name once."""
    train = sorted(set(splits["disjoint"]["train"]))
    remaining = 1 - math.fsum(map(math.exp, log_probs(names, train)))
    val = splits["disjoint"]["val"]
    total = math.fsum(log_prob - math.log(remaining) for log_prob in log_probs(names, val))
    answer = evaluation(names, "disjoint", "val")
    assert answer.novel_loss == pytest.approx(-total / answer.symbols, rel=1e-9)
    assert answer.novel_loss < answer.loss


@pytest.mark.parametrize(
    ("model", "split"),
    [("disjoint", "train"), ("mixed", "val"), ("mixed", "test"), ("untaught", "val")],
)
def test_there_is_no_novel_loss_of_seen_names_or_without_training_names(
    names: NameServiceStub, model: str, split: str
) -> None:
    """It is unset where a name of the split is seen, and where nothing says which names are."""
    assert not evaluation(names, model, split).HasField("novel_loss")


@pytest.mark.slow
async def test_a_model_without_a_chain_has_no_novel_loss(deep_channel: grpc.aio.Channel) -> None:
    """Its losses of seen and unseen names are apart all the same."""
    stub: Any = NameServiceStub(deep_channel)
    answer = await stub.EvaluateSplit(EvaluateSplitRequest(split="val"))
    assert not answer.HasField("novel_loss")
    assert answer.seen == PartialLoss()
    assert (answer.unseen.names, answer.unseen.loss) == (answer.names, answer.loss)
    train = await stub.EvaluateSplit(EvaluateSplitRequest(split="train"))
    assert (train.seen.names, train.seen.loss) == (train.names, train.loss)
    assert train.unseen == PartialLoss()
