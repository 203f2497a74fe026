"""What the operations answer, from both clients on the real server."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import pytest

from namesmith.bundle import Bundle
from namesmith_client import AsyncClient, Client, GeneratedNames, Health, NotFoundError
from namesmith_server.app.settings import EMBEDDED

Caller = Callable[..., Any]


def test_a_seed_gives_the_same_names_to_both_clients(call: Caller) -> None:
    """The whole 64 bits of the seed go there and back, and the names with it."""
    seed = 2**64 - 1
    assert call("generate", 3, seed=seed) == GeneratedNames(
        names=call("generate", 50, seed=seed).names[:3],
        log_probs=None,
        seed=seed,
        model="us-names",
        version=1,
    )


def test_without_a_seed_the_result_tells_which_was_drawn(call: Caller) -> None:
    """Asked for again with the drawn seed, the names are the same."""
    drawn = call("generate", 20)
    assert call("generate", 20, seed=drawn.seed) == drawn
    assert call("generate", 20).seed != drawn.seed  # false alarm: 2**-64


def test_log_probs_of_generated_names_are_their_scores(call: Caller) -> None:
    """Generate and score agree; the values by character sum to the whole."""
    generated = call("generate", 100, seed=3, min_length=0, log_probs=True)
    scored = call("score", generated.names, per_character=True)
    assert scored.names == generated.names
    assert generated.log_probs == pytest.approx(scored.log_probs, abs=1e-9)
    for name, log_prob, characters in zip(
        scored.names, scored.log_probs, scored.character_log_probs, strict=True
    ):
        assert len(characters) == len(name) + 1
        assert math.fsum(characters) == pytest.approx(log_prob, abs=1e-5)
    assert call("score", iter(("anna",))).character_log_probs is None


def test_sampling_and_constraint_reach_the_sampler(call: Caller) -> None:
    """Each argument shows in the names."""
    assert len(set(call("generate", 20, temperature=0).names)) == 1
    assert len(set(call("generate", 20, top_k=1).names)) == 1
    assert len(set(call("generate", 20, top_p=1e-9).names)) == 1
    assert len(set(call("generate", 20, min_p=1).names)) == 1
    names = call("generate", 50, seed=1, prefix="ma", min_length=4, max_length=5).names
    assert {name[:2] for name in names} == {"ma"}
    assert {len(name) for name in names} == {4, 5}


def test_every_constraint_reaches_the_sampler(call: Caller) -> None:
    """Each argument shows in the names, drawn at once or as a stream."""
    names = call("generate", 50, seed=1, suffix="na", contains="l", novel=True).names
    assert all(name.endswith("na") and "l" in name for name in names)
    constraint = {"pattern": "ann?a?", "forbidden": iter(["ann"]), "distinct": True}
    few = call("generate", 10, seed=1, **constraint)
    assert sorted(few.names) == ["an", "ana", "anna"]
    assert few.exhausted
    assert few.acceptance_rate is None
    stream = call("stream", 10, seed=1, **{**constraint, "forbidden": ["ann"]})
    assert tuple(stream) == few.names
    assert stream.exhausted
    with pytest.raises(TypeError, match="forbidden: 'anna' is one name"):
        call("generate", 1, forbidden="anna")


def test_questions_agree_with_each_other_and_with_scores(call: Caller) -> None:
    """A constraint's probability is the sum of its names', which are scored alike."""
    top = call("top", 10, pattern="ann?a?")
    assert top.exhausted
    assert top.log_probs == call("score", top.names).log_probs
    measured = call("measure", pattern="ann?a?", floor=-1000)
    total = math.fsum(map(math.exp, top.log_probs))
    assert measured.probability == pytest.approx(total, rel=1e-7)  # the table's float32 rounding
    assert call("measure", pattern="ann?a?", floor=top.log_probs[2]).names_above_floor == 3
    assert (measured.names, measured.names_above_floor) == (4, 4)
    assert call("measure", prefix="a").names_above_floor is None
    assert call("top", 1, temperature=0).names == call("generate", 1, temperature=0).names
    described = call("describe")
    assert described == call("describe", "us-names")
    assert described.perplexities["val"] == pytest.approx(call("evaluate", "val").perplexity)
    assert math.fsum(described.length_probabilities) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_evaluate_answers_the_trainers_loss(call: Caller, split: str) -> None:
    """The loss is the manifest's within 1e-5, and the derived figures follow from it."""
    manifest = Bundle.open(EMBEDDED / "us-names" / "1").manifest
    (expected,) = (one for one in manifest.splits if one.name == split)
    answer = call("evaluate", split)
    assert answer.loss == pytest.approx(expected.loss, abs=1e-5)
    assert (answer.names, answer.symbols) == (expected.names, expected.symbols)
    assert answer.perplexity == pytest.approx(math.exp(answer.loss))
    assert answer.bits_per_character == pytest.approx(answer.loss / math.log(2))
    assert (answer.split, answer.model, answer.version) == (split, "us-names", 1)
    assert answer.data_sha256 == manifest.data.sha256
    assert (answer.backend, answer.device) == ("table", "cpu")


def test_models_are_described_by_their_manifests(call: Caller) -> None:
    """The list holds the default model, which also answers to its name and to none."""
    manifest = Bundle.open(EMBEDDED / "us-names" / "1").manifest
    (only,) = call("models")
    assert call("model") == call("model", "us-names") == only
    assert only.default
    assert only.symbols == tuple(manifest.vocabulary.symbols)
    assert only.parameters == manifest.architecture.parameters
    assert (only.recipe, only.steps) == (manifest.training.recipe, manifest.training.steps)
    assert [(one.name, one.loss) for one in only.splits] == [
        (one.name, one.loss) for one in manifest.splits
    ]


def test_health_is_of_the_server_or_of_a_service(call: Caller) -> None:
    """A ready server serves as a whole and by service; an unknown service is not found."""
    call("wait_ready")
    assert call("health") is Health.SERVING
    assert call("health", service="namesmith.v1.NameService") is Health.SERVING
    with pytest.raises(NotFoundError):
        call("health", service="absent")


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    "operation",
    [
        "generate",
        "stream",
        "score",
        "evaluate",
        "evaluate_names",
        "measure",
        "top",
        "describe",
        "model",
        "models",
        "health",
    ],
)
def test_methods_show_the_operations_signature(kind: type, operation: str) -> None:
    """What help and editors see: name, words, and parameters that end with the timeout."""
    method = getattr(kind("localhost:1"), operation)
    signature = inspect.signature(method)
    assert list(signature.parameters)[-1] == "timeout"
    assert "self" not in signature.parameters
    returned = str(signature.return_annotation)
    assert "Call[" not in returned
    assert "~" not in returned
    assert ("NameStream" in returned) == (operation == "stream")
    assert method.__name__ == operation
    assert method.__doc__.rstrip().endswith("see ``namesmith_client.errors``.")
