"""Building request messages; what the wire cannot carry is refused before it is sent."""

from collections.abc import Iterator
from typing import Any, TypeVar

import grpc
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from namesmith_client.errors import ErrorDetails, FieldViolation, InvalidArgumentError

Built = TypeVar("Built", bound=Message)

SHOWN = 64
"""Characters of a text that a message repeats."""

RANGES = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}


def built(kind: type[Built], path: str = "", /, **fields: Any) -> Built:  # noqa: ANN401 - any field
    """The message with those fields; None leaves a field unset.

    Args:
        kind: the message's class.
        path: of the message in the request, with a dot at its end; empty: the request itself.
        fields: by their names.

    Raises:
        InvalidArgumentError: a number is out of its type's range, or a text is not Unicode; the
            bounds of the service are the server's to check.
        TypeError: a value is of the wrong type.
    """
    try:
        return kind(**fields)
    except ValueError as error:
        violations = tuple(_violations(kind, path, fields))
        message = "; ".join(f"{one.field}: {one.description}" for one in violations)
        details = ErrorDetails("INVALID_ARGUMENT", violations)
        code = grpc.StatusCode.INVALID_ARGUMENT
        raise InvalidArgumentError(code, message or str(error), details) from None


def _violations(kind: type[Message], path: str, fields: dict[str, Any]) -> Iterator[FieldViolation]:
    for name, value in fields.items():
        if (bounds := RANGES.get(kind.DESCRIPTOR.fields_by_name[name].cpp_type)) is not None:
            low, high = bounds
            if value is not None and not low <= value <= high:
                yield FieldViolation(path + name, f"{value} is not in [{low}, {high}]")
        elif isinstance(value, str | bytes):
            yield from _not_unicode(path + name, value)
        elif isinstance(value, tuple):
            for i, text in enumerate(value):
                yield from _not_unicode(f"{path}{name}[{i}]", text)


def _not_unicode(field: str, text: str | bytes) -> Iterator[FieldViolation]:
    try:
        text.encode() if isinstance(text, str) else text.decode()
    except UnicodeError:
        description = f"{text[:SHOWN]!r} is not Unicode text"
        yield FieldViolation(field, description)
