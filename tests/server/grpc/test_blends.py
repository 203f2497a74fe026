"""Blends in a model's place: over a connection, in the cache, and when their parts change."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from blending import Part, log_prob, random_table
from namesmith.v1 import models_pb2, models_pb2_grpc, names_pb2_grpc
from namesmith.v1 import names_pb2 as pb
from namesmith.v1.manifest_pb2 import Manifest
from namesmith.v1.names_pb2 import ModelRef
from namesmith_server.app.settings import Settings
from namesmith_server.app.transport import build_server, listen
from namesmith_server.engine import Admission, Ledger, MemoryShortError, Model, WorkTooLargeError
from namesmith_server.grpc import Blends, Catalog, HealthService, RunningCalls, ServedModel
from namesmith_server.grpc.call_record import NO_METHOD, CallRecord
from namesmith_server.grpc.oip import inference_pb2, inference_pb2_grpc
from refusals import refusal

PARTS = {
    ("a", 1): Part(0.6, "abc", random_table(1, "abc", 2), 2, ("ab",)),
    ("a", 2): Part(0.6, "abc", random_table(2, "abc", 2), 2, ("ab",)),
    ("b", 1): Part(0.4, "bcd", random_table(3, "bcd", 1), 1, ("bb",)),
    ("net", 1): Part(0.5, "abc", random_table(4, "abc", 2), 2, ("c",)),
}
CANONICAL = "a/2*0.6+b/1*0.4"


@pytest.fixture(scope="module")
def models() -> Iterator[dict[tuple[str, int], Model]]:
    """Provide small models by name and version; ``net`` is one of which nobody knows the chain."""
    with ThreadPoolExecutor(1) as executor:
        loaded = {
            key: part.model(executor, as_network=key[0] == "net") for key, part in PARTS.items()
        }
        yield loaded
        for model in loaded.values():
            model.close()


def filled(models: dict[tuple[str, int], Model]) -> Catalog:
    """Return a catalog of models, of which version 1 of ``a`` is stable."""
    catalog = Catalog()
    served = [ServedModel(*key, model, Manifest()) for key, model in models.items()]
    catalog.fill(served, "a", {"a": {"stable": 1}})
    return catalog


@asynccontextmanager
async def connected(models: dict[tuple[str, int], Model]) -> AsyncIterator[grpc.aio.Channel]:
    """Provide a connection to a server of models."""
    settings = Settings(address="127.0.0.1:0", oip=True)
    server = build_server(settings, filled(models), HealthService(), RunningCalls())
    port = listen(server, settings)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)


@pytest.fixture
async def channel(models: dict[tuple[str, int], Model]) -> AsyncIterator[grpc.aio.Channel]:
    """Provide a connection to the models."""
    async with connected(models) as channel:
        yield channel


def generate(names: Any, text: str, **fields: Any) -> Any:
    """Ask for ten names of a blend."""
    request = pb.GenerateNamesRequest(model=ModelRef(name=text), count=10, seed=42, **fields)
    return names.GenerateNames(request)


@pytest.mark.parametrize(
    "text", ["a*0.6+b*0.4", "b*2+a*3", "a*1+b*0.4+a/2*0.2+b*4e-1", "a/2*6+b/1*4"]
)
async def test_every_notation_of_a_blend_gives_the_same_names(
    models: dict[tuple[str, int], Model], text: str
) -> None:
    """On each server, which tells the versions, the shares, and the version 0."""
    answers = []
    for asked in (CANONICAL, text):
        async with connected(models) as channel:
            answers.append(await generate(names_pb2_grpc.NameServiceStub(channel), asked))
    assert answers[0] == answers[1]
    assert (answers[0].model, answers[0].version) == (CANONICAL, 0)
    assert len(answers[0].names) == 10


async def test_versions_and_labels_choose_the_parts(channel: grpc.aio.Channel) -> None:
    """They stand in the text; a blend of one version alone is the version."""
    names = names_pb2_grpc.NameServiceStub(channel)
    assert (await generate(names, "a@stable+b")).model == "a/1*0.5+b/1*0.5"
    assert (await generate(names, "a/1+a")).model == "a/1*0.5+a/2*0.5"
    one = await generate(names, "a/1*5+a@stable")
    assert (one.model, one.version) == ("a", 1)
    assert one.names == (await names.GenerateNames(_plain("a", 1))).names


def _plain(name: str, version: int) -> pb.GenerateNamesRequest:
    return pb.GenerateNamesRequest(model=ModelRef(name=name, version=version), count=10, seed=42)


@pytest.mark.parametrize("text", ["a*0.6+b*0.4", "a/2*.6+net*.5"])
async def test_every_call_about_names_answers(channel: grpc.aio.Channel, text: str) -> None:
    """Each tells the blend."""
    names, ref = names_pb2_grpc.NameServiceStub(channel), ModelRef(name=text)
    parts = [PARTS["a", 2], PARTS["b", 1] if "b" in text else PARTS["net", 1]]
    score = await names.ScoreNames(pb.ScoreNamesRequest(model=ref, names=["abc", "cba"]))
    expected = [log_prob(tuple(parts), name) for name in ("abc", "cba")]
    assert [one.log_prob for one in score.scores] == pytest.approx(expected, abs=1e-5)
    loss = await names.EvaluateNames(iter([pb.EvaluateNamesRequest(model=ref, names=["abc"])]))
    assert loss.loss == pytest.approx(-expected[0] / 4, abs=1e-5)
    novel = pb.Constraint(novel=True, max_length=3)
    measure = await names.MeasureConstraint(
        pb.MeasureConstraintRequest(model=ref, constraint=novel)
    )
    assert 0 < measure.probability < 1
    top = await names.ListTopNames(pb.ListTopNamesRequest(model=ref, constraint=novel, count=5))
    assert not {"ab", "bb" if "b*" in text else "c"} & set(top.names)
    request = pb.StreamNamesRequest(model=ref, count=10, seed=42)
    (chunk,) = [chunk async for chunk in names.StreamNames(request)]
    assert chunk.names == (await generate(names, text)).names
    told = {(one.model, one.version) for one in (score, loss, measure, top, chunk)}
    assert len(told) == 1
    assert told.pop()[1] == 0


async def test_a_blend_of_chains_is_described(channel: grpc.aio.Channel) -> None:
    """Its training names are those of all parts; a network among them has no description."""
    stub = models_pb2_grpc.ModelServiceStub(channel)
    request = models_pb2.DescribeModelRequest(model=ModelRef(name="a*0.6+b*0.4"))
    description = await stub.DescribeModel(request)
    assert (description.training_names, description.model) == (2, CANONICAL)
    request.model.name = "a+net"
    code, *_ = await refusal(stub.DescribeModel(request))
    assert code is grpc.StatusCode.FAILED_PRECONDITION


@pytest.mark.parametrize(
    ("ref", "code", "field", "words"),
    [
        ({"name": "a+x"}, "NOT_FOUND", "model.name", "model 'x' is unknown, this server has a, b"),
        ({"name": "a/7+b"}, "NOT_FOUND", "model.name", "version 7 of model a is not served"),
        ({"name": "a@old+b"}, "NOT_FOUND", "model.name", "label 'old' of model a is unknown"),
        ({"name": "a*nan+b"}, "INVALID_ARGUMENT", "model.name", "weight 'nan'"),
        ({"name": "a*1e-9+b"}, "INVALID_ARGUMENT", "model.name", "1e-09 of the sum"),
        ({"name": "a*2"}, "INVALID_ARGUMENT", "model.name", "1 part, a blend has 2 to 8"),
        ({"name": "a+b", "version": 2}, "INVALID_ARGUMENT", "model.version", "2 beside a blend"),
        ({"name": "a+b", "label": "stable"}, "INVALID_ARGUMENT", "model.label", "beside a blend"),
    ],
)
async def test_a_wrong_blend_is_refused_by_its_part(
    channel: grpc.aio.Channel, ref: dict[str, Any], code: str, field: str, words: str
) -> None:
    """The message names the field, the part and the bound."""
    names = names_pb2_grpc.NameServiceStub(channel)
    request = pb.ScoreNamesRequest(model=ModelRef(**ref), names=["a"])
    found, message, violations, _ = await refusal(names.ScoreNames(request))
    assert (found.name, list(violations)) == (code, [field])
    assert words in message


async def test_calls_about_one_model_refuse_a_blend(channel: grpc.aio.Channel) -> None:
    """A blend has no splits and no manifest of its own."""
    names = names_pb2_grpc.NameServiceStub(channel)
    models = models_pb2_grpc.ModelServiceStub(channel)
    ref = ModelRef(name="a+b")
    for call in (
        names.EvaluateSplit(pb.EvaluateSplitRequest(model=ref, split="train")),
        models.GetModel(models_pb2.GetModelRequest(model=ref)),
    ):
        code, message, violations, _ = await refusal(call)
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert list(violations) == ["model.name"]
        assert "is a blend, this call is about one model" in message


async def test_the_open_inference_protocol_answers_a_blend(channel: grpc.aio.Channel) -> None:
    """Under its text, and its jobs behind a full stop."""
    stub = inference_pb2_grpc.GRPCInferenceServiceStub(channel)
    metadata = await stub.ModelMetadata(inference_pb2.ModelMetadataRequest(name="a*0.6+b*0.4"))
    assert metadata.name == CANONICAL
    request = inference_pb2.ModelInferRequest(model_name="a*0.6+b*0.4.score")
    request.inputs.add(name="names", datatype="BYTES", shape=[1])
    request.inputs[0].contents.bytes_contents.append(b"abc")
    answer = await stub.ModelInfer(request)
    assert {output.name for output in answer.outputs} >= {"log_probs"}


async def test_a_blend_is_kept_until_its_parts_change(
    models: dict[tuple[str, int], Model],
) -> None:
    """Callers at the same time share one; behind a change nothing holds it, nor its old parts."""
    catalog = filled(models)
    blends = Blends(catalog, Admission(10**6))
    asked = ModelRef(name="a+b")
    first, second = await asyncio.gather(*(asyncio.create_task(blends.get(asked)) for _ in "ab"))
    assert first is second is await asyncio.create_task(blends.get(asked))
    catalog.fill(catalog.all(), "a")  # labels alone have changed
    assert await asyncio.create_task(blends.get(asked)) is first
    old, part = weakref.ref(first), weakref.ref(catalog.get(ModelRef(name="b")))
    del first, second
    kept = [one for one in catalog.all() if one.name != "b"]
    catalog.fill([*kept, ServedModel("b", 1, models["b", 1], Manifest())], "a")
    async with asyncio.timeout(30):
        while old() or part():  # a thread that built lets go of its work a moment behind its answer
            await asyncio.sleep(0.01)
            gc.collect()
    assert (await asyncio.create_task(blends.get(asked))).name == "a/2*0.5+b/1*0.5"


async def test_a_blend_that_cannot_fit_is_refused(executor: ThreadPoolExecutor) -> None:
    """Its bytes are claimed before it is built, and lent to the calls that use it."""
    tiny, large = Ledger(), Part(0.5, "abcdef", random_table(1, "abcdef", 4), 4)
    one, other = (large.model(executor, ledger=tiny) for _ in "ab")
    catalog = Catalog()
    catalog.fill(
        [ServedModel("a", 1, one, Manifest()), ServedModel("b", 1, other, Manifest())], "a"
    )
    blends = Blends(catalog, Admission(10**6))
    tiny.largest_work = 0
    tiny.set_limit(1 << 17, None)
    with pytest.raises((WorkTooLargeError, MemoryShortError)):
        await blends.get(ModelRef(name="a+b"))
    tiny.set_limit(1 << 30, None)
    blend = await asyncio.create_task(blends.get(ModelRef(name="a+b")))
    assert 0 < tiny.shelf.size < 8 << 20
    assert blend.version == 0
    for model in (one, other):
        model.close()


def test_all_blends_have_one_name_in_metrics_and_logs() -> None:
    """Whatever their texts are: a caller has any number of these."""
    record = CallRecord(NO_METHOD)
    record.note_answer(CANONICAL, 0, 5)
    assert (record.model, record.version, record.names) == ("blend", 0, 5)
