"""Building of request messages, which refuses each value that the wire cannot carry."""

import sys
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar

import grpc
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from namesmith_client.errors import ErrorDetails, FieldViolation, InvalidArgumentError

Built = TypeVar("Built", bound=Message)

MAX_QUOTED_CHARACTERS = 64
"""Largest number of characters of a refused text that the error message repeats."""

MAX_QUOTED_BITS = 256
"""Number of bits of the largest refused integer that the error message writes in digits."""

RANGES = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
    # Python's integers may be larger than any float64.
    FieldDescriptor.CPPTYPE_DOUBLE: (-sys.float_info.max, sys.float_info.max),
}
"""Least and largest number that a field of each protobuf type holds."""


def build(
    kind: type[Built],
    path: str = "",
    first: int = 0,
    /,
    **fields: Any,  # noqa: ANN401 - any field
) -> Built:
    """Build a message of the given fields; a field that is None stays unset.

    Args:
        kind: class of the message.
        path: place of the message in the request, with a dot at its end; empty for the request
            itself.
        first: index that errors give to the first value of a repeated field.
        **fields: value of each field; any iterable for a repeated field.

    Raises:
        InvalidArgumentError: a number is out of its type's range, or a text is not Unicode; only
            the server checks the bounds of the service.
        TypeError: a value is of the wrong type, such as one string for a list of names.
    """
    for name in _repeated_fields(kind.DESCRIPTOR):
        if fields.get(name) is not None:
            # As a tuple it can be read a second time, to find its fault.
            fields[name] = read_names(name, fields[name])
    try:
        return kind(**fields)
    except (ValueError, OverflowError) as error:
        violations = tuple(_violations(kind, path, first, fields))
        raise _refusal(violations, str(error)) from None


def invalid_field(field: str, description: str) -> InvalidArgumentError:
    """Return the error of a value that the wire cannot carry."""
    return _refusal((FieldViolation(field, description),))


def _refusal(violations: tuple[FieldViolation, ...], otherwise: str = "") -> InvalidArgumentError:
    """Return the error of violations, with other words where there are none."""
    message = "; ".join(f"{one.field}: {one.description}" for one in violations)
    details = ErrorDetails("INVALID_ARGUMENT", violations)
    return InvalidArgumentError(grpc.StatusCode.INVALID_ARGUMENT, message or otherwise, details)


@cache
def _repeated_fields(kind: Descriptor) -> tuple[str, ...]:
    # Protobuf 6.30 has no is_repeated, 7 has no label.
    return tuple(
        field.name for field in kind.fields if field.default_value == [] and not _is_map(field)
    )


def _is_map(field: FieldDescriptor) -> bool:
    entry = field.message_type
    return entry is not None and bool(entry.GetOptions().map_entry)


def read_names(name: str, names: Any) -> tuple[str, ...]:  # noqa: ANN401 - checked here
    """Read the names of an argument.

    Args:
        name: name of the argument, for the error message.
        names: any iterable of names.

    Raises:
        TypeError: ``names`` is one string, or is not iterable.
    """
    refuse_one_name(name, names)
    return tuple(names)


def refuse_one_name(name: str, names: object) -> None:
    """Refuse one string, an iterable of its letters, where many names are expected.

    Args:
        name: name of the argument, for the error message.
        names: value of the argument.

    Raises:
        TypeError: ``names`` is one string.
    """
    if isinstance(names, str):
        raise TypeError(f"{name}: {names!r} is one name, a list of names is expected")


def _violations(
    kind: type[Message], path: str, first: int, fields: dict[str, Any]
) -> Iterator[FieldViolation]:
    for name, value in fields.items():
        field = kind.DESCRIPTOR.fields_by_name[name]
        if field.type == FieldDescriptor.TYPE_BYTES:  # any are fine, and may be secret
            continue
        given = enumerate(value, first) if isinstance(value, tuple) else [(None, value)]
        for at, one in given:
            place = f"{path}{name}" if at is None else f"{path}{name}[{at}]"
            if fault := _fault(RANGES.get(field.cpp_type), one):
                yield FieldViolation(place, fault)


def _fault(bounds: tuple[float, float] | None, value: object) -> str:
    """Return the fault of a value that is to be in bounds, if any, or a text; empty: none."""
    if bounds is None:
        return _not_unicode(value) if isinstance(value, str | bytes) else ""
    low, high = bounds
    if isinstance(value, int | float) and not low <= value <= high:
        return f"{_quoted(value)} is not in [{low}, {high}]"
    return ""


def _quoted(value: float) -> str:
    """Write a number in digits, or an integer above ``MAX_QUOTED_BITS`` as its number of bits."""
    if isinstance(value, int) and value.bit_length() > MAX_QUOTED_BITS:
        return f"an integer of {value.bit_length()} bits"
    return str(value)


def _not_unicode(text: str | bytes) -> str:
    try:
        text.encode() if isinstance(text, str) else text.decode()
    except UnicodeError:
        return f"{text[:MAX_QUOTED_CHARACTERS]!r} is not Unicode text"
    return ""
