"""Building request messages; what the wire cannot carry is refused before it is sent."""

import sys
from collections.abc import Iterator
from typing import Any, TypeVar

import grpc
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from namesmith.v1 import names_pb2
from namesmith_client.errors import ErrorDetails, FieldViolation, InvalidArgumentError

Built = TypeVar("Built", bound=Message)

SHOWN = 64
"""Characters of a text that a message repeats."""

RANGES = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
    # An int beyond it is no float64.
    FieldDescriptor.CPPTYPE_DOUBLE: (-sys.float_info.max, sys.float_info.max),
}


def model_ref(name: str) -> names_pb2.ModelRef | None:
    """Names a model in a request; None leaves it to the server."""
    return built(names_pb2.ModelRef, "model.", name=name) if name else None


def built(
    kind: type[Built],
    path: str = "",
    first: int = 0,
    /,
    **fields: Any,  # noqa: ANN401 - any field
) -> Built:
    """The message with those fields; None leaves a field unset.

    Args:
        kind: the message's class.
        path: of the message in the request, with a dot at its end; empty: the request itself.
        first: what the caller counts the first value of a repeated field as.
        fields: by their names.

    Raises:
        InvalidArgumentError: a number is out of its type's range, or a text is not Unicode; the
            bounds of the service are the server's to check.
        TypeError: a value is of the wrong type.
    """
    try:
        return kind(**fields)
    except (ValueError, OverflowError) as error:
        violations = tuple(_violations(kind, path, first, fields))
        message = "; ".join(f"{one.field}: {one.description}" for one in violations)
        details = ErrorDetails("INVALID_ARGUMENT", violations)
        code = grpc.StatusCode.INVALID_ARGUMENT
        raise InvalidArgumentError(code, message or str(error), details) from None


def _violations(
    kind: type[Message], path: str, first: int, fields: dict[str, Any]
) -> Iterator[FieldViolation]:
    for name, value in fields.items():
        if (bounds := RANGES.get(kind.DESCRIPTOR.fields_by_name[name].cpp_type)) is not None:
            low, high = bounds
            if value is not None and not low <= value <= high:
                yield FieldViolation(path + name, f"{_shown(value)} is not in [{low}, {high}]")
        elif isinstance(value, str | bytes):
            yield from _not_unicode(path + name, value)
        elif isinstance(value, tuple):
            for i, text in enumerate(value, first):
                yield from _not_unicode(f"{path}{name}[{i}]", text)


def _shown(value: float) -> str:
    """The number; a whole one that fills lines, or that Python will not print, by its size."""
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an integer of {value.bit_length()} bits"
    return str(value)


def _not_unicode(field: str, text: str | bytes) -> Iterator[FieldViolation]:
    try:
        text.encode() if isinstance(text, str) else text.decode()
    except UnicodeError:
        description = f"{text[:SHOWN]!r} is not Unicode text"
        yield FieldViolation(field, description)
