"""A ``model.onnx`` in float64: the same graph, whose float32 tensors and types are widened.

Every float32 number is a float64 number, so that the widened graph computes the same function with
rounding errors of 1e-16 in place of 1e-7. Rewrites tensors, the types of inputs and outputs, and
the types that ``Cast`` converts to, wherever they stand; declared types of intermediate values are
left out, since ONNX Runtime infers them. Where a graph names float32 in another way (a default, an
attribute of another operator), its types disagree behind it, and ONNX Runtime refuses to load it.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from namesmith.bundle import ONNX
from namesmith_server.backends.base import BackendError
from namesmith_server.backends.wire import (
    Field,
    Value,
    WireError,
    delimited_field,
    read_fields,
    varint_field,
)

PARTS: Final[Mapping[str, Mapping[int, str]]] = {
    "ModelProto": {7: "GraphProto", 25: "FunctionProto"},
    "GraphProto": {1: "NodeProto", 5: "TensorProto", 11: "ValueInfoProto", 12: "ValueInfoProto"}
    | {15: "SparseTensorProto"},
    "FunctionProto": {7: "NodeProto", 11: "AttributeProto"},
    "NodeProto": {5: "AttributeProto"},
    "AttributeProto": {5: "TensorProto", 6: "GraphProto", 10: "TensorProto", 11: "GraphProto"}
    | {22: "SparseTensorProto", 23: "SparseTensorProto"},
    "SparseTensorProto": {1: "TensorProto"},
    "ValueInfoProto": {2: "TypeProto"},
    "TypeProto": {1: "TypeProto.Tensor"},
}
"""Parts of each message in which a type can stand, by the number of the field."""

DECLARED: Final[Mapping[str, int]] = {"GraphProto": 13, "FunctionProto": 12}
"""Field of the declared types of intermediate values, ``value_info``."""

FLOAT, DOUBLE = 1, 11
"""Numbers of float32 and float64 among the types of tensors."""

ELEM_TYPE = 1
"""Field of a ``TypeProto.Tensor`` that holds the type of its elements."""

DATA_TYPE, FLOAT_DATA, RAW_DATA, DOUBLE_DATA = 2, 4, 9, 10
"""Fields of a tensor: its type, and its numbers as floats, as bytes, as doubles."""

OP_TYPE, ATTRIBUTE = 4, 5
"""Fields of a node: the name of its operator, and its attributes."""

ATTRIBUTE_NAME, ATTRIBUTE_INT = 1, 3
"""Fields of an attribute: its name, and its value where that is an integer."""


def widen_onnx(raw: bytes) -> bytes:
    """Return an inspected model that computes in float64.

    Raises:
        BackendError: a tensor's data has no whole number of float32 numbers.
    """
    try:
        return _widened("ModelProto", memoryview(raw))
    except (WireError, ValueError) as error:
        raise BackendError(f"{ONNX}: cannot be widened to float64") from error


def _widened(kind: str, message: memoryview) -> bytes:
    """Return a message with its parts widened."""
    fields = [one for one in read_fields(message) if one.number != DECLARED.get(kind)]
    if kind in WIDENERS:
        return WIDENERS[kind](fields)
    return b"".join(_widened_field(kind, field) for field in fields)


def _widened_field(kind: str, field: Field) -> bytes:
    """Return a field of a message, widened where it is a part."""
    part = PARTS[kind].get(field.number)
    if part is None or not isinstance(field.value, memoryview):
        return bytes(field.raw)
    return delimited_field(field.number, _widened(part, field.value))


def _widened_tensor(fields: list[Field]) -> bytes:
    """Return a tensor; one of float32 numbers is given the same numbers in float64."""
    if not any(field.number == DATA_TYPE and field.value == FLOAT for field in fields):
        return b"".join(field.raw for field in fields)
    written, floats = bytearray(), bytearray()
    for field in fields:
        if field.number == DATA_TYPE:
            written += varint_field(DATA_TYPE, DOUBLE)
        elif field.number == FLOAT_DATA:  # packed, or a number a field
            floats += _bytes(field.value)
        elif field.number == RAW_DATA:
            written += delimited_field(RAW_DATA, _doubles(_bytes(field.value)))
        else:
            written += field.raw
    if floats:
        written += delimited_field(DOUBLE_DATA, _doubles(floats))
    return bytes(written)


def _widened_tensor_type(fields: list[Field]) -> bytes:
    """Return the type of a tensor."""
    return b"".join(_widened_number(field, ELEM_TYPE) for field in fields)


def _widened_node(fields: list[Field]) -> bytes:
    """Return a node; a ``Cast`` to float32 casts to float64."""
    casts = any(field.number == OP_TYPE and _bytes(field.value) == b"Cast" for field in fields)
    return b"".join(
        delimited_field(ATTRIBUTE, _widened_cast(_bytes(field.value)))
        if casts and field.number == ATTRIBUTE
        else _widened_field("NodeProto", field)
        for field in fields
    )


def _widened_cast(attribute: bytes) -> bytes:
    """Return an attribute of a ``Cast``, of which ``to`` is the type."""
    fields = list(read_fields(memoryview(attribute)))
    if not any(field.number == ATTRIBUTE_NAME and _bytes(field.value) == b"to" for field in fields):
        return attribute
    return b"".join(_widened_number(field, ATTRIBUTE_INT) for field in fields)


def _widened_number(field: Field, number: int) -> bytes:
    """Return a field; where it has the number and is float32, it is float64."""
    if field.number == number and field.value == FLOAT:
        return varint_field(number, DOUBLE)
    return bytes(field.raw)


def _bytes(value: Value) -> bytes:
    """Return the bytes of a value.

    Raises:
        WireError: the value is a varint.
    """
    if isinstance(value, int):
        raise WireError("a number stands in the place of bytes")
    return bytes(value)


def _doubles(floats: bytes | bytearray) -> bytes:
    """Return little-endian float32 numbers as float64 numbers."""
    return np.frombuffer(floats, dtype="<f4").astype("<f8").tobytes()


WIDENERS: Final[Mapping[str, Callable[[list[Field]], bytes]]] = {
    "NodeProto": _widened_node,
    "TensorProto": _widened_tensor,
    "TypeProto.Tensor": _widened_tensor_type,
}
"""Function that widens a message of each kind that holds a type itself."""
