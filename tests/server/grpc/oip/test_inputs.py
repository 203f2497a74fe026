"""Inputs: the same elements in every form of the protocol, and a refusal for everything else."""

import struct
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesmith_server.grpc import InvalidArgumentError
from namesmith_server.grpc.oip import inference_pb2 as pb
from namesmith_server.grpc.oip.datatypes import DATATYPES
from namesmith_server.grpc.oip.inputs import MAX_VIOLATIONS, Input, read_inputs
from namesmith_server.grpc.oip.outputs import Answer, Output, infer_response

INPUTS = (
    Input("count", "INT32"),
    Input("seed", "UINT64"),
    Input("temperature", "FP64"),
    Input("distinct", "BOOL"),
    Input("prefix", "BYTES"),
    Input("names", "BYTES", most=3),
)

FORMS: dict[str, tuple[str, object, bytes, dict[str, Any]]] = {
    "count": ("INT32", 5, struct.pack("<i", 5), {"int64_param": 5}),
    "seed": ("UINT64", 2**64 - 1, b"\xff" * 8, {"uint64_param": 2**64 - 1}),
    "temperature": ("FP64", 0.5, struct.pack("<d", 0.5), {"double_param": 0.5}),
    "distinct": ("BOOL", True, b"\x01", {"bool_param": True}),
    "prefix": ("BYTES", "ä", b"\x02\x00\x00\x00\xc3\xa4", {"string_param": "ä"}),
}
"""Each input: its datatype, an element, its raw bytes and its parameter."""


def request(
    name: str = "names", datatype: str = "BYTES", shape: Sequence[int] = (1,), **contents: Any
) -> pb.ModelInferRequest:
    """Return a request with one tensor, and contents unless they are raw."""
    asked = pb.ModelInferRequest()
    asked.inputs.add(name=name, datatype=datatype, shape=shape)
    if contents:
        asked.inputs[0].contents.MergeFrom(pb.InferTensorContents(**contents))
    return asked


def raw(*parts: bytes, **tensor: Any) -> pb.ModelInferRequest:
    """Return a request with one tensor and raw contents."""
    asked = request(**tensor)
    asked.raw_input_contents.extend(parts)
    return asked


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
@pytest.mark.parametrize("name", FORMS)
def test_an_element_is_the_same_in_every_form(name: str, shape: Sequence[int]) -> None:
    """Raw, in contents and as a parameter, with and without a batch of one."""
    datatype, element, packed, parameter = FORMS[name]
    listed = element.encode() if isinstance(element, str) else element
    contents = {DATATYPES[datatype].contents: [listed]}
    as_parameter = pb.ModelInferRequest()
    as_parameter.parameters[name].MergeFrom(pb.InferParameter(**parameter))
    for asked in (
        raw(packed, name=name, datatype=datatype, shape=shape),
        request(name, datatype, shape, **contents),
        as_parameter,
    ):
        assert read_inputs(asked, INPUTS) == {name: [element]}


@given(st.lists(st.text(max_size=9), max_size=3))
def test_texts_that_were_answered_can_be_sent(texts: list[str]) -> None:
    """The raw contents of an output are read as the texts that were written."""
    output = Output("names", "BYTES")
    answered = infer_response("m", "", Answer(1, {"names": texts}), [output])
    asked = raw(*answered.raw_output_contents, shape=answered.outputs[0].shape)
    assert read_inputs(asked, INPUTS) == {"names": texts}


def both() -> pb.ModelInferRequest:
    """Return a request with contents and raw contents."""
    asked = request(bytes_contents=[b"a"])
    asked.raw_input_contents.append(b"\x01\x00\x00\x00a")
    return asked


def twice() -> pb.ModelInferRequest:
    """Return a request with an input twice."""
    asked = request(bytes_contents=[b"a"])
    asked.inputs.append(asked.inputs[0])
    return asked


def beside_a_parameter() -> pb.ModelInferRequest:
    """Return a request with an input that a parameter gives too."""
    asked = request("count", "INT32", int_contents=[1])
    asked.parameters["count"].int64_param = 1
    return asked


def parameter(name: str, **value: Any) -> pb.ModelInferRequest:
    """Return a request with one parameter."""
    asked = pb.ModelInferRequest()
    asked.parameters[name].MergeFrom(pb.InferParameter(**value))
    return asked


def shared_memory() -> pb.ModelInferRequest:
    """Return a request whose input lies in shared memory."""
    asked = request(shape=(1,))
    asked.inputs[0].parameters["shared_memory_region"].string_param = "region"
    return asked


HOSTILE: dict[str, tuple[Callable[[], pb.ModelInferRequest], str, str]] = {
    "mixed": (both, "names", "has contents beside its raw_input_contents"),
    "twice": (twice, "names", "is given twice"),
    "parameter-too": (beside_a_parameter, "count", "is given twice"),
    "unknown": (lambda: request("x\x1b[2J"), "inputs", "'x\\x1b[2J' is unknown, this model takes"),
    "unknown-parameter": (lambda: parameter("x", bool_param=True), "parameters", "'x' is unknown"),
    "empty-parameter": (lambda: parameter("count"), "count", "has nothing, int64_param or"),
    "list-as-parameter": (
        lambda: parameter("names", string_param="a"),
        "parameters",
        "'names' is unknown",
    ),
    "kind-of-parameter": (
        lambda: parameter("seed", string_param="1"),
        "seed",
        "has string_param, int64_param or uint64_param is expected",
    ),
    "negative-seed": (
        lambda: parameter("seed", int64_param=-1),
        "seed",
        f"-1 is not in [0, {2**64 - 1}]",
    ),
    "large-count": (
        lambda: parameter("count", int64_param=2**40),
        "count",
        f"{2**40} is not in [{-(2**31)}, {2**31 - 1}]",
    ),
    "datatype": (
        lambda: request("count", "INT64", int64_contents=[1]),
        "count",
        "datatype 'INT64', INT32 is expected",
    ),
    "field": (
        lambda: request("count", "INT32", int64_contents=[1]),
        "count",
        "has int64_contents, those of datatype INT32 are int_contents",
    ),
    "two-fields": (
        lambda: request("count", "INT32", int_contents=[1], bytes_contents=[b"a"]),
        "count",
        "has bytes_contents",
    ),
    "too-few": (lambda: request(shape=(2,), bytes_contents=[b"a"]), "names", "1 elements in bytes"),
    "without": (lambda: request("count", "INT32"), "count", "0 elements in int_contents, 1 in the"),
    "many": (
        lambda: request(shape=(4,), bytes_contents=[b"a"] * 4),
        "names",
        "shape [4], [n] or [1, n] with n in [0, 3] is expected",
    ),
    "huge": (
        lambda: raw(b"", shape=(2**62,)),
        "names",
        f"shape [{2**62}], [n] or [1, n] with n in [0, 3] is expected",
    ),
    "negative": (lambda: raw(b"", shape=(-1,)), "names", "shape [-1]"),
    "batch": (lambda: raw(b"", shape=(2, 1)), "names", "shape [2, 1]"),
    "dimensions": (lambda: raw(b"", shape=(1,) * 99), "names", "shape [1, 1, 1, ...]"),
    "two-values": (
        lambda: request("count", "INT32", (2,), int_contents=[1, 2]),
        "count",
        "shape [2], [1] or [1, 1] is expected",
    ),
    "short-raw": (
        lambda: raw(b"\x01", name="count", datatype="INT32"),
        "count",
        "1 raw bytes, 1 of INT32 take 4",
    ),
    "short-length": (lambda: raw(b"\x01\x00"), "names", "2 raw bytes end within element 0 of 1"),
    "long-length": (lambda: raw(b"\xff" * 4), "names", "4 raw bytes end within element 0 of 1"),
    "raw-behind": (lambda: raw(b"\x00" * 5), "names", "5 raw bytes, 1 elements take 4"),
    "raw-for-nothing": (
        lambda: pb.ModelInferRequest(raw_input_contents=[b""]),
        "raw_input_contents",
        "1 for 0 inputs",
    ),
    "raw-too-many": (lambda: raw(b"", b""), "raw_input_contents", "2 for 1 inputs"),
    "no-text": (lambda: request(bytes_contents=[b"\xff"]), "names[0]", "is not UTF-8"),
    "no-text-raw": (
        lambda: raw(b"\x01\x00\x00\x00\xff", name="prefix"),
        "prefix",
        "is not UTF-8",
    ),
    "shared-memory": (shared_memory, "names", "'shared_memory_region' is not served"),
}
"""Requests that are refused, each with the field and the start of the reason."""


@pytest.mark.parametrize(("build", "field", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_wrong_input_is_refused_by_its_name(
    build: Callable[[], pb.ModelInferRequest], field: str, reason: str
) -> None:
    """The one violation names the input, what was given and what is expected."""
    with pytest.raises(InvalidArgumentError) as caught:
        read_inputs(build(), INPUTS)
    (violation,) = caught.value.violations
    assert violation.field == field
    assert reason in violation.description


def test_a_refusal_stays_short() -> None:
    """A thousand wrong inputs, parameters or texts are named up to a bound."""
    inputs, parameters = pb.ModelInferRequest(), pb.ModelInferRequest()
    for i in range(1_000):
        inputs.inputs.add(name="x" * 1_000)
        parameters.parameters[f"{i}"].bool_param = True
    many = (Input("names", "BYTES", most=1_000),)
    texts = request(shape=(1_000,), bytes_contents=[b"\xff"] * 1_000)
    for asked in (inputs, parameters, texts):
        with pytest.raises(InvalidArgumentError) as caught:
            read_inputs(asked, many)
        assert len(caught.value.violations) == MAX_VIOLATIONS
        assert len(str(caught.value)) < 4_000
