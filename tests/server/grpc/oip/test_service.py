"""GRPCInferenceService over a real connection: it answers what NameService answers."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc
import numpy as np
import pytest

from namesmith.v1 import names_pb2
from namesmith_server.grpc.edge.bounds import INFER, LENGTH_DELIMITED
from namesmith_server.grpc.oip import inference_pb2 as pb
from namesmith_server.grpc.oip import inference_pb2_grpc
from refusals import refusal

METHOD = "/inference.GRPCInferenceService"

MODEL = "us-names"


@pytest.fixture
def oip(channel: grpc.aio.Channel) -> Any:
    """Provide the service of the embedded model."""
    return inference_pb2_grpc.GRPCInferenceServiceStub(channel)


def infer_request(
    model: str = MODEL,
    outputs: Iterable[str] = (),
    *,
    names: Iterable[bytes] = (),
    identifier: str = "",
    **parameters: object,
) -> pb.ModelInferRequest:
    """Return a request with parameters, and with names where there are any."""
    asked = pb.ModelInferRequest(model_name=model, id=identifier)
    fields = {bool: "bool_param", int: "int64_param", float: "double_param", str: "string_param"}
    for name, value in parameters.items():
        setattr(asked.parameters[name], fields[type(value)], value)
    given = list(names)
    if given:
        asked.inputs.add(name="names", datatype="BYTES", shape=[1, len(given)])
        asked.inputs[0].contents.bytes_contents.extend(given)
    for output in outputs:
        asked.outputs.add(name=output)
    return asked


def texts(response: pb.ModelInferResponse) -> list[str]:
    """Return the elements of the output ``names``."""
    raw, found = response.raw_output_contents[0], []
    while raw:
        size = int.from_bytes(raw[:4], "little")
        found.append(raw[4 : 4 + size].decode())
        raw = raw[4 + size :]
    return found


async def sent(*messages: pb.ModelInferRequest) -> AsyncIterator[pb.ModelInferRequest]:
    """Yield the requests of a stream."""
    for message in messages:
        yield message


async def test_names_are_those_of_generate_names(oip: Any, names: Any) -> None:
    """The same seed, sampling and constraint give the same names and log-probabilities."""
    answer = await oip.ModelInfer(
        infer_request(
            outputs=("names", "log_probs", "seed"),
            identifier="7",
            count=20,
            seed=42,
            temperature=0.8,
            prefix="ma",
            max_length=9,
            distinct=True,
        )
    )
    expected = await names.GenerateNames(
        names_pb2.GenerateNamesRequest(
            count=20,
            seed=42,
            sampling=names_pb2.Sampling(temperature=0.8),
            constraint=names_pb2.Constraint(prefix="ma", max_length=9),
            distinct=True,
            with_log_probs=True,
        )
    )
    assert texts(answer) == list(expected.names)
    assert np.frombuffer(answer.raw_output_contents[1]).tolist() == list(expected.log_probs)
    assert np.frombuffer(answer.raw_output_contents[2], "<u8") == [42]
    assert (answer.model_name, answer.model_version, answer.id) == (MODEL, "1", "7")
    assert not answer.parameters["exhausted"].bool_param


async def test_scores_are_those_of_score_names(oip: Any, names: Any) -> None:
    """Names have scores, and so have their characters, whose lengths count the end symbol."""
    given = [b"anna", b"", b"bob"]
    outputs = ("log_probs", "character_log_probs", "lengths")
    answer = await oip.ModelInfer(infer_request(f"{MODEL}.score", outputs, names=given))
    expected = await names.ScoreNames(
        names_pb2.ScoreNamesRequest(names=[one.decode() for one in given], per_character=True)
    )
    whole, characters, lengths = answer.raw_output_contents
    assert np.frombuffer(whole).tolist() == [score.log_prob for score in expected.scores]
    assert np.frombuffer(lengths, "<i4").tolist() == [5, 1, 4]
    assert np.frombuffer(characters, "<f4").tolist() == [
        value for score in expected.scores for value in score.character_log_probs
    ]
    assert answer.model_name == f"{MODEL}.score"


async def test_losses_are_those_of_evaluate(oip: Any, names: Any) -> None:
    """A split has a loss, and names have one; one of them is needed, and both are refused."""
    split = await oip.ModelInfer(infer_request(f"{MODEL}.evaluate", split="val"))
    expected = await names.EvaluateSplit(names_pb2.EvaluateSplitRequest(split="val"))
    fields = ("loss", "perplexity", "bits_per_character", "names", "symbols")
    assert [one.name for one in split.outputs] == list(fields)
    for raw, field in zip(split.raw_output_contents, fields, strict=True):
        value = getattr(expected, field)
        assert np.frombuffer(raw, "<f8" if isinstance(value, float) else "<i8") == [value]
    sent_names = await oip.ModelInfer(
        infer_request(f"{MODEL}.evaluate", ("names", "symbols"), names=[b"anna", b"bob"])
    )
    assert [np.frombuffer(raw, "<i8")[0] for raw in sent_names.raw_output_contents] == [2, 9]
    for wrong in (
        infer_request(f"{MODEL}.evaluate"),
        infer_request(f"{MODEL}.evaluate", split="val", names=[b"a"]),
    ):
        _, _, violations, _ = await refusal(oip.ModelInfer(wrong))
        assert "either split or names is needed" in violations["inputs"]


async def test_long_requests_and_responses_are_those_of_short_ones(oip: Any) -> None:
    """A message that is converted off the event loop is converted alike."""
    drawn = await oip.ModelInfer(infer_request(count=20_000, seed=1))
    first = await oip.ModelInfer(infer_request(count=5, seed=1))
    assert len(texts(drawn)) == 20_000
    assert texts(drawn)[:5] == texts(first)
    many = [name.encode() for name in texts(drawn)]
    scored = await oip.ModelInfer(infer_request(f"{MODEL}.score", names=many))
    few = await oip.ModelInfer(infer_request(f"{MODEL}.score", names=many[:5]))
    assert scored.raw_output_contents[0][:40] == few.raw_output_contents[0]


async def test_a_stream_answers_each_request_up_to_its_last_response(oip: Any) -> None:
    """The chunks of a seed are the names of one call; an error ends its request alone."""
    responses = [
        response
        async for response in oip.ModelStreamInfer(
            sent(
                infer_request(identifier="a", count=20_000, seed=5),
                infer_request("none", identifier="b"),
                infer_request(identifier="c", count=1, temperature=11.0),
                infer_request(f"{MODEL}.score", identifier="d", names=[b"anna"]),
            )
        )
    ]
    names = [response for response in responses if response.infer_response.id == "a"]
    assert len(names) > 1
    assert [one.infer_response.parameters["triton_final_response"].bool_param for one in names] == [
        *[False] * (len(names) - 1),
        True,
    ]
    at_once = await oip.ModelInfer(infer_request(count=20_000, seed=5))
    assert [name for one in names for name in texts(one.infer_response)] == texts(at_once)
    rest = responses[len(names) :]
    assert [(one.infer_response.id, one.error_message) for one in rest] == [
        ("b", f"model 'none' is unknown, this server has {MODEL}"),
        ("c", "temperature: 11.0 is not in [0, 10]"),
        ("d", ""),
    ]
    assert all(one.infer_response.parameters["triton_final_response"].bool_param for one in rest)


@pytest.mark.parametrize(
    ("asked", "code", "field", "reason"),
    [
        (infer_request("none"), "NOT_FOUND", "model_name", "model 'none' is unknown"),
        (infer_request(), "INVALID_ARGUMENT", "count", "0 is not in [1, 100000]"),
        (
            infer_request(count=1, pattern="("),
            "INVALID_ARGUMENT",
            "pattern",
            "",
        ),
        (
            infer_request(f"{MODEL}.score", names=[b"anna", b"a1"]),
            "INVALID_ARGUMENT",
            "names[1]",
            "'1'",
        ),
        (infer_request(f"{MODEL}.evaluate", split="x"), "NOT_FOUND", "split", "split 'x' is"),
        (
            infer_request(identifier="x" * 1_025, count=1),
            "INVALID_ARGUMENT",
            "id",
            "1025 characters, at most 1024 are allowed",
        ),
        (
            pb.ModelInferRequest(model_name=MODEL, model_version="old"),
            "NOT_FOUND",
            "model_version",
            "label 'old' of model us-names is unknown",
        ),
        (
            pb.ModelInferRequest(model_name=f"{MODEL}.", raw_input_contents=[b"x"]),
            "NOT_FOUND",
            "model_name",
            "'us-names.' is unknown",
        ),
    ],
    ids=["model", "count", "pattern", "character", "split", "identifier", "label", "dot"],
)
async def test_a_refusal_names_the_input(
    oip: Any, asked: pb.ModelInferRequest, code: str, field: str, reason: str
) -> None:
    """With the code and the details of NameService."""
    told, message, violations, kinds = await refusal(oip.ModelInfer(asked))
    assert told.name == code
    assert list(violations) == [field]
    assert reason in message
    assert "ErrorInfo" in kinds


async def test_models_are_described_by_their_tensors(oip: Any) -> None:
    """Metadata and configuration agree; the index and the statistics list every job."""
    jobs = [MODEL, f"{MODEL}.score", f"{MODEL}.evaluate"]
    for job in jobs:
        metadata = await oip.ModelMetadata(pb.ModelMetadataRequest(name=job))
        config = (await oip.ModelConfig(pb.ModelConfigRequest(name=job, version="1"))).config
        assert metadata.name == config.name == job
        assert list(metadata.versions) == ["1"]
        assert [one.name for one in metadata.inputs] == [one.name for one in config.input]
        assert [list(one.shape) for one in metadata.outputs] == [
            list(one.dims) for one in config.output
        ]
        assert config.model_transaction_policy.decoupled == (job == MODEL)
    index = await oip.RepositoryIndex(pb.RepositoryIndexRequest(ready=True))
    assert [(one.name, one.version, one.state) for one in index.models] == [
        (job, "1", "READY") for job in jobs
    ]
    every = await oip.ModelStatistics(pb.ModelStatisticsRequest())
    one = await oip.ModelStatistics(pb.ModelStatisticsRequest(name=jobs[1]))
    assert [statistics.name for statistics in every.model_stats] == jobs
    assert [statistics.name for statistics in one.model_stats] == jobs[1:2]


@pytest.mark.parametrize(
    "method", ["RepositoryModelLoad", "SystemSharedMemoryStatus", "TraceSetting", "LogSettings"]
)
async def test_the_rest_of_the_protocol_is_unimplemented(
    channel: grpc.aio.Channel, method: str
) -> None:
    """The methods that load models, share memory and change settings."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.unary_unary(f"{METHOD}/{method}")(b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_the_records_of_tensors_are_counted() -> None:
    """The edge enters inputs and outputs, whose tags it knows by their numbers alone."""
    fields = pb.ModelInferRequest.DESCRIPTOR.fields_by_name
    tags = [fields[name].number << 3 | LENGTH_DELIMITED for name in ("inputs", "outputs")]
    assert list(INFER.entered) == tags


MANY = b"\xa0\x8d\x06"
"""The number 100,000 as a varint."""


@pytest.mark.parametrize(
    "raw",
    [
        b"\x2a\x00" * 100_000,
        b"\x32\x00" * 100_000,
        b"\x2a" + MANY + b"\x22\x02\x0a\x00" * 25_000,
        b"\x32" + MANY + b"\x12\x02\x0a\x00" * 25_000,
        b"\x2a\xff\xff\xff\xff",
        b"\x00",
    ],
    ids=["inputs", "outputs", "parameters", "output-parameters", "cut", "malformed"],
)
async def test_messages_of_many_parts_are_refused_before_they_are_objects(
    channel: grpc.aio.Channel, raw: bytes
) -> None:
    """In a call and in a stream, INVALID_ARGUMENT; the connection goes on."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await channel.unary_unary(f"{METHOD}/ModelInfer")(raw)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    stream = channel.stream_stream(f"{METHOD}/ModelStreamInfer")(iter([raw]))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in stream:
            pass
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert await channel.unary_unary(f"{METHOD}/ServerLive")(b"") == b"\x08\x01"


async def test_names_stay_in_work_until_they_are_converted(oip: Any, names: Any) -> None:
    """Many large calls at once are answered in full or refused, and then there is room."""
    calls = [oip.ModelInfer(infer_request(count=62_000)) for _ in range(12)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    refused = [result for result in results if isinstance(result, grpc.aio.AioRpcError)]
    assert {error.code() for error in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    answered = [one for one in results if isinstance(one, pb.ModelInferResponse)]
    assert [one.outputs[0].shape[0] for one in answered] == [62_000] * (12 - len(refused))
    assert answered
    large = names_pb2.GenerateNamesRequest(count=62_000)
    assert len((await names.GenerateNames(large)).names) == 62_000
