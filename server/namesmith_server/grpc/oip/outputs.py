"""The outputs of a response: those that are wanted, as raw little-endian bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from namesmith_server.engine import shown
from namesmith_server.grpc.converters import Validator
from namesmith_server.grpc.oip import inference_pb2 as pb
from namesmith_server.grpc.oip.datatypes import DATATYPES
from namesmith_server.grpc.oip.inputs import IGNORED_OF_TENSORS, LENGTH_BYTES, MAX_VIOLATIONS


class Output(NamedTuple):
    """An output of a model.

    Attributes:
        name: name of the tensor.
        datatype: datatype of its elements.
        size: number of elements; -1: any.
        by_default: whether it is answered to a request that names no output.
    """

    name: str
    datatype: str
    size: int = -1
    by_default: bool = True


@dataclass(frozen=True)
class Answer:
    """The answer of a model.

    Attributes:
        version: version of the model.
        elements: elements of each output that was computed, by its name.
        parameters: parameters of the response.
    """

    version: int
    elements: Mapping[str, Sequence[Any]]
    parameters: Mapping[str, bool | float] = field(default_factory=dict)


def wanted_outputs(request: pb.ModelInferRequest, outputs: Sequence[Output]) -> tuple[Output, ...]:
    """Return the outputs that a request wants, in its order; of one that names none, the defaults.

    Raises:
        InvalidArgumentError: the request names an output that the model lacks, one twice, or one
            with a parameter that is not served.
    """
    if not request.outputs:
        return tuple(one for one in outputs if one.by_default)
    known, validator = {one.name: one for one in outputs}, Validator()
    wanted: dict[str, Output] = {}
    for asked in request.outputs:
        name, other = asked.name, [one for one in asked.parameters if one not in IGNORED_OF_TENSORS]
        if name not in known:
            told = f"{shown(name)} is unknown, this model answers {', '.join(known)}"
            validator.fail("outputs", told)
        elif name in wanted:
            validator.fail("outputs", f"{name} is named twice")
        elif other:
            validator.fail("outputs", f"the parameter {shown(other[0])} of {name} is not served")
        else:
            wanted[name] = known[name]
        if len(validator.violations) >= MAX_VIOLATIONS:
            break
    validator.raise_if_invalid()
    return tuple(wanted.values())


def infer_response(
    model: str, identifier: str, answer: Answer, wanted: Sequence[Output]
) -> pb.ModelInferResponse:
    """Convert an answer to a response.

    Args:
        model: name of the model in the protocol.
        identifier: identifier of the request.
        answer: the answer, with every output that is wanted.
        wanted: outputs that are wanted.
    """
    response = pb.ModelInferResponse(
        model_name=model, model_version=str(answer.version), id=identifier
    )
    for name, value in answer.parameters.items():
        set_parameter(response, name, value)
    for output in wanted:
        elements = answer.elements[output.name]
        response.outputs.add(name=output.name, datatype=output.datatype, shape=[len(elements)])
        response.raw_output_contents.append(_raw(elements, output.datatype))
    return response


def set_parameter(response: pb.ModelInferResponse, name: str, value: bool | float) -> None:  # noqa: FBT001 - a value
    """Set a parameter of a response."""
    if isinstance(value, bool):
        response.parameters[name].bool_param = value
    else:
        response.parameters[name].double_param = value


def _raw(elements: Sequence[Any], datatype: str) -> bytes:
    layout = DATATYPES[datatype].layout
    if layout:
        return np.asarray(elements, layout).tobytes()
    parts: list[bytes] = []
    for text in elements:
        raw = text.encode()
        parts += (len(raw).to_bytes(LENGTH_BYTES, "little"), raw)
    return b"".join(parts)
