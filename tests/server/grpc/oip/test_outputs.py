"""Outputs: those that are wanted, in the order in which they are wanted."""

import struct

import pytest

from namesmith_server.grpc import InvalidArgumentError
from namesmith_server.grpc.oip import inference_pb2 as pb
from namesmith_server.grpc.oip.outputs import Answer, Output, infer_response, wanted_outputs

NAMES, SCORES = Output("names", "BYTES"), Output("log_probs", "FP64", by_default=False)

OUTPUTS = (NAMES, SCORES)


def asking(*names: str) -> pb.ModelInferRequest:
    """Return a request that names outputs."""
    outputs = [pb.ModelInferRequest.InferRequestedOutputTensor(name=name) for name in names]
    return pb.ModelInferRequest(outputs=outputs)


@pytest.mark.parametrize(
    ("names", "wanted"),
    [((), (NAMES,)), (("log_probs",), (SCORES,)), (("log_probs", "names"), (SCORES, NAMES))],
)
def test_the_outputs_that_are_named_are_wanted(
    names: tuple[str, ...], wanted: tuple[Output, ...]
) -> None:
    """In their order; of a request that names none, the default ones."""
    assert wanted_outputs(asking(*names), OUTPUTS) == wanted


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("x",), "outputs: 'x' is unknown, this model answers names, log_probs"),
        (("names", "names"), "outputs: names is named twice"),
    ],
)
def test_a_wrong_output_is_refused(names: tuple[str, ...], reason: str) -> None:
    """An unknown one, and one that is named twice."""
    with pytest.raises(InvalidArgumentError) as caught:
        wanted_outputs(asking(*names), OUTPUTS)
    assert str(caught.value) == reason


def test_a_classification_is_refused() -> None:
    """Triton's parameter of an output would change its form."""
    asked = asking("names")
    asked.outputs[0].parameters["classification"].int64_param = 3
    with pytest.raises(InvalidArgumentError, match="'classification' of names is not served"):
        wanted_outputs(asked, OUTPUTS)


def test_a_response_holds_what_is_wanted() -> None:
    """Elements little-endian, texts behind their lengths, each tensor with its shape."""
    answer = Answer(3, {"names": ["ä", ""], "log_probs": [-1.5, -2.0]}, {"a": True, "b": 0.5})
    response = infer_response("m", "7", answer, (SCORES, NAMES))
    assert (response.model_name, response.model_version, response.id) == ("m", "3", "7")
    assert [(one.name, one.datatype, *one.shape) for one in response.outputs] == [
        ("log_probs", "FP64", 2),
        ("names", "BYTES", 2),
    ]
    assert list(response.raw_output_contents) == [
        struct.pack("<2d", -1.5, -2.0),
        b"\x02\x00\x00\x00\xc3\xa4\x00\x00\x00\x00",
    ]
    assert response.parameters["a"].bool_param
    assert response.parameters["b"].double_param == 0.5
