"""The inputs of a request: tensors and parameters, read within bounds.

Nothing is made for an element before the number of elements is known to be one that the input may
have, and nothing for a shape at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from namesmith_server.engine import shown
from namesmith_server.grpc.converters import Validator
from namesmith_server.grpc.oip import inference_pb2 as pb
from namesmith_server.grpc.oip.datatypes import DATATYPES

MAX_VIOLATIONS = 16
"""Number of violations of one request at which its inputs are read no further."""

MAX_DIMENSIONS = 2
"""Largest number of dimensions of an input: a batch of 1, and the elements."""

LENGTH_BYTES = 4
"""Number of bytes of the length before each text in raw contents."""

IGNORED = ("triton_enable_empty_final_response",)
"""Parameters of requests that change nothing here: the last response says so by itself."""

IGNORED_OF_TENSORS = ("binary_data", "binary_data_size", "content_type")
"""Parameters of tensors that change nothing here."""

Tensor = pb.ModelInferRequest.InferInputTensor

Given = Mapping[str, Sequence[Any]]
"""The elements of each input that a request has."""


class Input(NamedTuple):
    """An input of a model.

    Attributes:
        name: name of the tensor.
        datatype: datatype of its elements.
        field: path of the field of the request that it sets; empty: the name.
        most: largest number of elements; 0: the input is one value, which may stand in a parameter
            of the request too.
    """

    name: str
    datatype: str
    field: str = ""
    most: int = 0


def read_inputs(request: pb.ModelInferRequest, inputs: Sequence[Input]) -> Given:
    """Return the elements of the inputs of a request, by their names.

    Raises:
        InvalidArgumentError: the request has an input or a parameter that the model does not take,
            one of them twice, or one of another datatype, shape or size; the error names up to
            ``MAX_VIOLATIONS`` of them.
    """
    known, validator = {one.name: one for one in inputs}, Validator()
    given = dict(_parameters(request, known, validator))
    for tensor, raw in _contents(request, validator):
        if len(validator.violations) >= MAX_VIOLATIONS:
            break
        if tensor.name not in known:
            told = f"{shown(tensor.name)} is unknown, this model takes {', '.join(known)}"
            validator.fail("inputs", told)
        elif tensor.name in given:
            validator.fail(tensor.name, "is given twice")
        elif other := [one for one in tensor.parameters if one not in IGNORED_OF_TENSORS]:
            validator.fail(tensor.name, f"its parameter {shown(other[0])} is not served")
        else:
            given[tensor.name] = _elements(tensor, raw, known[tensor.name], validator)
    validator.raise_if_invalid()
    return given


def _parameters(
    request: pb.ModelInferRequest, known: Mapping[str, Input], validator: Validator
) -> Iterator[tuple[str, Sequence[Any]]]:
    """Iterate over the values that stand in parameters of a request."""
    values = [one.name for one in known.values() if not one.most]
    for name, parameter in request.parameters.items():
        if len(validator.violations) >= MAX_VIOLATIONS:
            return
        if name in values:
            yield name, [_parameter(name, parameter, known[name].datatype, validator)]
        elif name not in IGNORED:
            told = f"{shown(name)} is unknown, this model takes {', '.join(values)}"
            validator.fail("parameters", told)


def _parameter(
    name: str, parameter: pb.InferParameter, datatype: str, validator: Validator
) -> object:
    """Return the value of a parameter; add a violation where it is none of a datatype."""
    choice, wanted = parameter.WhichOneof("parameter_choice") or "nothing", DATATYPES[datatype]
    if choice not in wanted.parameters:
        told = f"the parameter has {choice}, {' or '.join(wanted.parameters)} is expected"
        validator.fail(name, told)
        return None
    value = getattr(parameter, choice)
    if wanted.most:
        validator.in_range(name, value, wanted.least, wanted.most)
    return value


def _contents(
    request: pb.ModelInferRequest, validator: Validator
) -> Iterator[tuple[Tensor, bytes | None]]:
    """Iterate over the inputs of a request, and the raw contents of each; None: it has none."""
    raw = request.raw_input_contents
    if not raw:
        for tensor in request.inputs:
            yield tensor, None
    elif len(raw) != len(request.inputs):
        told = f"{len(raw)} for {len(request.inputs)} inputs: every input has one, or none has"
        validator.fail("raw_input_contents", told)
    else:
        yield from zip(request.inputs, raw, strict=True)


def _elements(
    tensor: Tensor, raw: bytes | None, wanted: Input, validator: Validator
) -> Sequence[Any]:
    """Return the elements of a tensor; add a violation where they are not as they should be."""
    name = wanted.name
    if tensor.datatype != wanted.datatype:
        told = f"datatype {shown(tensor.datatype)}, {wanted.datatype} is expected"
        validator.fail(name, told)
        return ()
    size = _size(tensor.shape, wanted, validator)
    if size is None:
        return ()
    if raw is not None:
        if tensor.HasField("contents"):
            validator.fail(name, "has contents beside its raw_input_contents")
            return ()
        if not DATATYPES[wanted.datatype].layout:
            return _raw_texts(raw, size, wanted, validator)
        return _raw_numbers(raw, size, wanted, validator)
    return _listed(tensor.contents, size, wanted, validator)


def _size(shape: Sequence[int], wanted: Input, validator: Validator) -> int | None:
    """Return the number of elements of a shape; None, with a violation, if it is not admitted."""
    dimensions = list(shape[: MAX_DIMENSIONS + 1])
    is_short = len(dimensions) <= MAX_DIMENSIONS and all(one == 1 for one in dimensions[:-1])
    size = dimensions[-1] if dimensions else 1
    if is_short and (0 <= size <= wanted.most if wanted.most else size == 1):
        return size
    expected = f"[n] or [1, n] with n in [0, {wanted.most}]" if wanted.most else "[1] or [1, 1]"
    told = ", ".join(map(str, dimensions)) + (", ..." if len(shape) > len(dimensions) else "")
    validator.fail(wanted.name, f"shape [{told}], {expected} is expected")
    return None


def _listed(
    contents: pb.InferTensorContents, size: int, wanted: Input, validator: Validator
) -> Sequence[Any]:
    """Return the elements of contents that are no raw bytes."""
    field = DATATYPES[wanted.datatype].contents
    for other, _ in contents.ListFields():
        if other.name != field:
            told = f"has {other.name}, those of datatype {wanted.datatype} are {field}"
            validator.fail(wanted.name, told)
            return ()
    elements: Sequence[Any] = getattr(contents, field)
    if len(elements) != size:
        validator.fail(wanted.name, f"{len(elements)} elements in {field}, {size} in the shape")
        return ()
    if DATATYPES[wanted.datatype].layout:
        return list(elements)
    return [_text(raw, i, wanted, validator) for i, raw in enumerate(elements)]


def _raw_numbers(raw: bytes, size: int, wanted: Input, validator: Validator) -> Sequence[Any]:
    layout = np.dtype(DATATYPES[wanted.datatype].layout)
    if len(raw) != size * layout.itemsize:
        told = f"{len(raw)} raw bytes, {size} of {wanted.datatype} take {size * layout.itemsize}"
        validator.fail(wanted.name, told)
        return ()
    elements: list[Any] = np.frombuffer(raw, layout).tolist()
    return elements


def _raw_texts(raw: bytes, size: int, wanted: Input, validator: Validator) -> Sequence[str]:
    texts: list[str] = []
    at = 0
    while len(texts) < size:
        since = at + LENGTH_BYTES
        at = since + int.from_bytes(raw[at:since], "little")
        if max(since, at) > len(raw):
            told = f"{len(raw)} raw bytes end within element {len(texts)} of {size}"
            validator.fail(wanted.name, told)
            return ()
        texts.append(_text(raw[since:at], len(texts), wanted, validator))
    if at != len(raw):
        validator.fail(wanted.name, f"{len(raw)} raw bytes, {size} elements take {at}")
    return texts


def _text(raw: bytes, i: int, wanted: Input, validator: Validator) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        if len(validator.violations) < MAX_VIOLATIONS:
            validator.fail(f"{wanted.name}[{i}]" if wanted.most else wanted.name, "is not UTF-8")
        return ""
