"""Every call over a real connection: what it answers, and what it refuses."""

import math
from typing import Any

import grpc
import pytest

from namesmith.v1.models_pb2 import GetModelRequest, ListModelsRequest
from namesmith.v1.names_pb2 import (
    Constraint,
    EvaluateSplitRequest,
    GenerateNamesRequest,
    ModelRef,
    Sampling,
    ScoreNamesRequest,
)
from refusals import refusal

MEGABYTE = "a" * 2**20
ALPHABET = "'abcdefghijklmnopqrstuvwxyz'"


def generate(count: int = 1, **fields: Any) -> GenerateNamesRequest:
    """A request of one name unless the fields say otherwise."""
    return GenerateNamesRequest(count=count, **fields)


async def test_generate_answers_names_and_their_log_probabilities(names: Any) -> None:
    """Parallel arrays, the seed echoed; each log-probability is the one that scoring answers."""
    request = generate(20, seed=2**64 - 1, with_log_probs=True)
    answer = await names.GenerateNames(request)
    assert (answer.seed, answer.model, answer.version) == (2**64 - 1, "us-names", 1)
    assert len(answer.names) == len(answer.log_probs) == 20
    scored = await names.ScoreNames(ScoreNamesRequest(names=answer.names))
    assert [score.log_prob for score in scored.scores] == list(answer.log_probs)
    assert (await names.GenerateNames(request)) == answer


async def test_a_drawn_seed_is_echoed_and_gives_the_names_again(names: Any) -> None:
    """Without a seed the server draws one; asked for, it gives the same names."""
    answer = await names.GenerateNames(generate(5))
    assert (await names.GenerateNames(generate(5, seed=answer.seed))).names == answer.names
    assert (await names.GenerateNames(generate(5))).seed != answer.seed


async def test_score_sums_its_characters(names: Any) -> None:
    """One value a character and one for the end; the empty name is the end symbol alone."""
    request = ScoreNamesRequest(names=["anna", "", "ANNA"], per_character=True)
    scores = (await names.ScoreNames(request)).scores
    assert [len(score.character_log_probs) for score in scores] == [5, 1, 5]
    for score in scores:
        assert score.log_prob == pytest.approx(sum(score.character_log_probs), rel=1e-6)
        assert all(value < 0 for value in score.character_log_probs)
    assert scores[0] == scores[2]


@pytest.mark.parametrize("split", ["train", "val", "test"])
async def test_the_loss_is_the_trainers(names: Any, models: Any, split: str) -> None:
    """Within 1e-5 of the manifest, with its counts, provenance and derived units."""
    manifest = (await models.GetModel(GetModelRequest())).model.manifest
    (expected,) = (one for one in manifest.splits if one.name == split)
    answer = await names.EvaluateSplit(EvaluateSplitRequest(split=split))
    assert answer.loss == pytest.approx(expected.loss, abs=1e-5)
    assert (answer.names, answer.symbols) == (expected.names, expected.symbols)
    assert answer.perplexity == pytest.approx(math.exp(answer.loss))
    assert answer.bits_per_character == pytest.approx(answer.loss / math.log(2))
    assert (answer.model, answer.version) == ("us-names", 1)
    assert (answer.data_sha256, answer.backend) == (manifest.data.sha256, "table")
    assert answer.device == "cpu"


async def test_models_are_listed_and_described(models: Any) -> None:
    """ListModels holds what GetModel answers by name and by default."""
    listed = (await models.ListModels(ListModelsRequest())).models
    assert [model.name for model in listed if model.default] == ["us-names"]
    by_default = (await models.GetModel(GetModelRequest())).model
    assert by_default.name == "us-names"
    for model in listed:
        by_name = await models.GetModel(GetModelRequest(model=ModelRef(name=model.name)))
        assert by_name.model == model
        assert model.manifest.model == model.name


@pytest.mark.parametrize(
    ("request_", "field", "description"),
    [
        (generate(0), "count", "0 is not in [1, 100000]"),
        (generate(-1), "count", "-1 is not in [1, 100000]"),
        (generate(100_001), "count", "100001 is not in [1, 100000]"),
        (generate(2**31 - 1), "count", "2147483647 is not in [1, 100000]"),
        (
            generate(99_999),
            "count",
            (
                "99999 names of up to 32 characters are 3199968 symbols, at most 2000000 are"
                " allowed in a call"
            ),
        ),
        *(
            (generate(sampling=Sampling(**{name: value})), f"sampling.{name}", description)
            for name, value, description in [
                ("temperature", math.nan, "nan is not in [0, 10]"),
                ("temperature", -0.5, "-0.5 is not in [0, 10]"),
                ("temperature", math.inf, "inf is not in [0, 10]"),
                ("temperature", 10.0000001, "10.0000001 is not in [0, 10]"),
                ("top_k", -1, "-1 is not in [0, 27]"),
                ("top_k", 28, "28 is not in [0, 27]"),
                ("top_p", 0.0, "0.0 is not in (0, 1]"),
                ("top_p", math.nan, "nan is not in (0, 1]"),
                ("top_p", 1.5, "1.5 is not in (0, 1]"),
                ("min_p", -0.1, "-0.1 is not in [0, 1]"),
                ("min_p", math.nan, "nan is not in [0, 1]"),
                ("min_p", 1.5, "1.5 is not in [0, 1]"),
            ]
        ),
        *(
            (generate(constraint=Constraint(**{name: value})), f"constraint.{name}", description)
            for name, value, description in [
                ("min_length", -1, "-1 is not in [0, 32]"),
                ("min_length", 33, "33 is not in [0, 32]"),
                ("max_length", 0, "0 is not in [1, 64]"),
                ("max_length", 65, "65 is not in [1, 64]"),
                (
                    "prefix",
                    "a1",
                    "character '1' at position 1 is not in the vocabulary: " + ALPHABET,
                ),
                (
                    "prefix",
                    "a.",
                    "character '.' at position 1 is not in the vocabulary: " + ALPHABET,
                ),
                ("prefix", "a" * 33, "33 characters, at most max_length = 32 are allowed"),
                ("prefix", MEGABYTE, "1048576 characters, at most max_length = 32 are allowed"),
            ]
        ),
    ],
)
async def test_generate_refuses(
    names: Any, request_: GenerateNamesRequest, field: str, description: str
) -> None:
    """A value out of bounds is named with the bound, and the next call works."""
    code, message, violations, kinds = await refusal(names.GenerateNames(request_))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert violations == {field: description}
    assert message == f"{field}: {description}"
    assert kinds == {"ErrorInfo", "BadRequest"}
    assert len((await names.GenerateNames(generate())).names) == 1


async def test_all_faults_are_told_at_once(names: Any) -> None:
    """Every field out of bounds has its violation."""
    request = generate(0, sampling=Sampling(top_k=99, min_p=2), constraint=Constraint(prefix="é"))
    _, _, violations, _ = await refusal(names.GenerateNames(request))
    assert set(violations) == {"count", "sampling.top_k", "sampling.min_p", "constraint.prefix"}


@pytest.mark.parametrize(
    ("given", "field", "description"),
    [
        ([], "names", "0 names, 1 to 100000 are allowed"),
        (["a"] * 100_001, "names", "100001 names, 1 to 100000 are allowed"),
        (["ana", "an1a"], "names[1]", "character '1' at position 2 is not in the vocabulary"),
        (["a.b"], "names[0]", "character '.' at position 1 is not in the vocabulary"),
        (["a\nb"], "names[0]", "character '\\n' at position 1 is not in the vocabulary"),
        (["a", "a" * 1025], "names[1]", "1025 characters, at most 1024 are allowed"),
        ([MEGABYTE], "names[0]", "1048576 characters, at most 1024 are allowed"),
        (["a" * 1000] * 2001, "names", "2001000 characters, at most 2000000 are allowed in a call"),
    ],
)
async def test_score_refuses(names: Any, given: list[str], field: str, description: str) -> None:
    """A bad name is named by its place, and the next call works."""
    code, _, violations, _ = await refusal(names.ScoreNames(ScoreNamesRequest(names=given)))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert list(violations) == [field]
    assert violations[field].startswith(description)
    assert len((await names.ScoreNames(ScoreNamesRequest(names=["ana"]))).scores) == 1


@pytest.mark.parametrize("split", ["", "dev", "Train", "../train", MEGABYTE])
async def test_an_unknown_split_is_not_found(names: Any, split: str) -> None:
    """NOT_FOUND says what was asked for, shortened, and which splits there are."""
    call = names.EvaluateSplit(EvaluateSplitRequest(split=split))
    code, message, violations, kinds = await refusal(call)
    assert code is grpc.StatusCode.NOT_FOUND
    assert message.endswith("is unknown, the model has train, val, test")
    assert len(message) < 200
    assert list(violations) == ["split"]
    assert kinds == {"ErrorInfo", "BadRequest", "ResourceInfo"}


@pytest.mark.parametrize("name", ["other", "us-names ", "../us-names", MEGABYTE])
async def test_an_unknown_model_is_not_found_by_any_call(
    names: Any, models: Any, name: str
) -> None:
    """NOT_FOUND says what was asked for, shortened, and which models there are."""
    ref = ModelRef(name=name)
    for call in (
        names.GenerateNames(generate(model=ref)),
        names.ScoreNames(ScoreNamesRequest(model=ref, names=["ana"])),
        names.EvaluateSplit(EvaluateSplitRequest(model=ref, split="val")),
        models.GetModel(GetModelRequest(model=ref)),
    ):
        code, message, violations, _ = await refusal(call)
        assert code is grpc.StatusCode.NOT_FOUND
        assert "is unknown, this server has us-names" in message
        assert len(message) < 200
        assert list(violations) == ["model.name"]


async def test_what_no_name_satisfies_is_a_failed_precondition(names: Any) -> None:
    """Valid arguments that together admit no name are told apart from wrong ones."""
    request = generate(sampling=Sampling(top_k=1), constraint=Constraint(min_length=31))
    code, message, _, kinds = await refusal(names.GenerateNames(request))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert message.startswith("no name")
    assert kinds == {"ErrorInfo"}


async def test_health_refuses_bytes_that_are_no_message(channel: grpc.aio.Channel) -> None:
    """In the same words; no word of the parser's."""
    check = channel.unary_unary("/grpc.health.v1.Health/Check")
    watch = channel.unary_stream("/grpc.health.v1.Health/Watch")
    for call in (check(b"\xff\xff"), watch(b"\xff\xff").read()):
        with pytest.raises(grpc.aio.AioRpcError, match="request: is not a message") as caught:
            await call
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("method", ["GenerateNames", "ScoreNames", "EvaluateSplit"])
async def test_bytes_that_are_no_message_are_refused_in_our_words(
    channel: grpc.aio.Channel, method: str
) -> None:
    """INVALID_ARGUMENT with details, and no word of the parser's."""
    call = channel.unary_unary(f"/namesmith.v1.NameService/{method}")
    code, message, violations, kinds = await refusal(call(b"\xff\xff\xff\xff"))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert message == "request: is not a message of this call"
    assert violations == {"request": "is not a message of this call"}
    assert kinds == {"ErrorInfo", "BadRequest"}
