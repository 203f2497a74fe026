"""EvaluateSplit and DescribeModel on a real server: names weigh by their counts."""

import math
from collections.abc import Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest

from namesmith.bundle import counts_path, encode_counts, split_path
from namesmith.v1.models_pb2 import DescribeModelRequest, GetModelRequest
from namesmith.v1.models_pb2_grpc import ModelServiceStub
from namesmith.v1.names_pb2 import EvaluateSplitRequest, EvaluateSplitResponse, ModelRef
from namesmith.v1.names_pb2_grpc import NameServiceStub
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES
from namesmith_trainer.publish import build_bundle, publish
from namesmith_trainer.training import Run, train
from processes import running

pytestmark = pytest.mark.slow  # CI has no room for it: make test-slow

COPIES = 60
"""Number of times that the split val of the model large holds each name of the model own."""

COUNTS = {"val": 7, "test": 5, "train": 3}
"""Number of different counts of the names of each split."""


@pytest.fixture(scope="module")
def counted_run() -> Run:
    """Provide a counted model of names with counts, some of them large."""
    names = Names.read("us-names").names[:2_000]
    counts = tuple(10**6 if i % 97 == 0 else i % 13 + 1 for i in range(len(names)))
    data = Names("list", "list", "0" * 64, names, distinct=True, counts=counts)
    return train(data, RECIPES["kneser-ney"], 1, "cpu", lambda events: events)


@pytest.fixture(scope="module")
def models(small_run: Run, counted_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a repository: the counted model, and a network with counts and names repeated."""
    folder = tmp_path_factory.mktemp("models")
    manifest, files = build_bundle(counted_run, "own", with_report=False)
    counts = counted_run.splits["val"].counts
    assert counts is not None
    publish(folder, manifest, files)
    publish(folder, manifest, files | {counts_path("val"): encode_counts(np.roll(counts, 1))})
    manifest.model, manifest.splits[1].occurrences = "large", COPIES * int(counts.sum())
    val = {path: files[path] * COPIES for path in (split_path("val"), counts_path("val"))}
    publish(folder, manifest, files | val)
    manifest, files = build_bundle(small_run, "counted", with_report=False)
    forms = {path: raw for path, raw in files.items() if not path.startswith("splits/")}
    seen = [*small_run.splits["test"][:50], *small_run.splits["train"][:9]]
    for model in ("counted", "repeated"):
        manifest.model = model
        del manifest.splits[:]
        texts = {}
        for split, most in COUNTS.items():
            names = seen if split == "test" else small_run.splits[split][:500]
            counts = [i % most + 1 for i in range(len(names))]
            if model == "counted":
                manifest.splits.add(name=split, occurrences=sum(counts))
                texts[counts_path(split)] = encode_counts(counts)
            else:
                manifest.splits.add(name=split)
                names = np.repeat(names, counts).tolist()
            texts[split_path(split)] = "".join(f"{name}\n" for name in names).encode()
        publish(folder, manifest, forms | texts)
    return folder


@pytest.fixture(scope="module", params=["table", "onnx"])
def channel(request: pytest.FixtureRequest, models: Path) -> Iterator[grpc.Channel]:
    """Provide a channel to a server process, once on each backend."""
    options = ("--models", models, "--backend", request.param, "--default-model", "own")
    with running(*options) as server, grpc.insecure_channel(server.address) as channel:
        yield channel


def evaluation(channel: grpc.Channel, model: str, split: str) -> EvaluateSplitResponse:
    """Return the evaluation of a split."""
    request = EvaluateSplitRequest(model=ModelRef(name=model), split=split)
    return NameServiceStub(channel).EvaluateSplit(request)


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_the_losses_are_the_manifests(channel: grpc.Channel, counted_run: Run, split: str) -> None:
    """Every loss of a chain trained on names with counts is the one that the trainer measured."""
    (recorded,) = (
        one
        for one in ModelServiceStub(channel).GetModel(GetModelRequest()).model.manifest.splits
        if one.name == split
    )
    found = evaluation(channel, "own", split)
    assert found.loss == pytest.approx(recorded.loss, rel=1e-9)
    assert found.unseen.loss == pytest.approx(recorded.unseen.loss, rel=1e-9)
    assert found.HasField("novel_loss") == recorded.HasField("novel_loss") == (split != "train")
    assert found.novel_loss == pytest.approx(recorded.novel_loss, rel=1e-9)
    assert (found.names, found.symbols) == (recorded.names, recorded.symbols)
    assert found.occurrences == recorded.occurrences == counted_run.splits[split].occurrences


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_the_losses_are_those_of_the_names_repeated(channel: grpc.Channel, split: str) -> None:
    """Seen, unseen and given novel, names with counts answer like names that stand as often."""
    counted, repeated = (evaluation(channel, model, split) for model in ("counted", "repeated"))
    assert counted.loss == pytest.approx(repeated.loss, rel=1e-12)
    assert counted.seen.loss == pytest.approx(repeated.seen.loss, rel=1e-12)
    assert counted.unseen.loss == pytest.approx(repeated.unseen.loss, rel=1e-12)
    assert counted.HasField("novel_loss") == repeated.HasField("novel_loss") == (split == "val")
    assert counted.novel_loss == pytest.approx(repeated.novel_loss, rel=1e-12)
    assert (counted.occurrences, repeated.occurrences) == (repeated.names, 0)
    assert (counted.names, counted.seen.names > 0) == (
        59 if split == "test" else 500,
        split != "val",
    )


def test_a_description_weighs_names_by_their_counts(channel: grpc.Channel) -> None:
    """The perplexities are the exponentials of the losses; training names are counted once."""
    request = DescribeModelRequest(model=ModelRef(name="counted"))
    found = ModelServiceStub(channel).DescribeModel(request)
    for one in found.perplexities:
        loss = evaluation(channel, "counted", one.split).loss
        assert one.perplexity == pytest.approx(math.exp(loss), rel=1e-12)
    assert found.training_names == 500


def test_a_version_whose_counts_are_not_its_losses_is_refused(channel: grpc.Channel) -> None:
    """The comparison at load weighs the names: version 2 has other counts of the same sum."""
    assert evaluation(channel, "own", "val").version == 1


def test_a_large_split_is_compared_by_names_drawn_by_their_counts(channel: grpc.Channel) -> None:
    """A split of more symbols than are compared passes, although few names weigh most."""
    large, own = (evaluation(channel, model, "val") for model in ("large", "own"))
    assert large.symbols > 65_536
    assert large.loss == pytest.approx(own.loss, rel=1e-9)
