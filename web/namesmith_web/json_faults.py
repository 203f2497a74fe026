"""Faults of a request in JSON: what field, what was given, what is allowed."""

import difflib
import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, NoReturn

from google.protobuf.descriptor import FieldDescriptor

from namesmith.quoting import quoted
from namesmith.v1 import names_pb2

Fault = tuple[str, str]
"""A field, and what is wrong with it; the field is a path with dots."""

Descriptor = Any  # of either implementation of protobuf

BODY = "body"
"""The field of a fault of the whole request."""

WHOLE = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
"""Least and largest value of the kinds of whole numbers."""

REAL = (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE)
"""The kinds of numbers that need not be whole."""


PRIVATE = frozenset(
    field.full_name
    for message in (names_pb2.NameKeysRequest, names_pb2.KeyOfNameRequest)
    for field in message.DESCRIPTOR.fields
    if field.name in {"secret", "secret_name", "keys"}
)
"""Fields whose values no fault shows, whatever they are."""

BASE64 = re.compile(r"(?:[\w+/-]{4})*(?:[\w+/-]{2,3}={0,2})?", re.ASCII)
"""Bytes in JSON: base64, of either alphabet; the fault never shows them, which may be a secret."""


class NoJsonError(Exception):
    """A body is not JSON of one meaning; the message says where, or why."""


def read(body: bytes | bytearray, message: Descriptor) -> Any:  # noqa: ANN401 - any value of JSON
    """Return the value that a body holds.

    Args:
        body: JSON.
        message: descriptor of the message that the value stands for.

    Raises:
        NoJsonError: the body is not JSON in UTF-8, an object has a key twice, or a number is NaN
            or Infinity.
    """
    if not body.strip():
        raise NoJsonError('is empty; an object is expected, such as {"count": 5}')
    try:
        return json.loads(
            body.decode(),
            object_pairs_hook=partial(_once, is_private=_has_private_fields(message)),
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise NoJsonError(f"is not JSON from {place} on; strings need double quotes") from None
    except UnicodeDecodeError as error:
        raise NoJsonError(f"is not UTF-8 at byte {error.start}") from None
    except (RecursionError, ValueError):
        raise NoJsonError("is nested too deeply, or holds a number of too many digits") from None


def _has_private_fields(message: Descriptor) -> bool:
    return any(field.full_name in PRIVATE for field in message.fields)


def _once(pairs: list[tuple[str, Any]], *, is_private: bool) -> dict[str, Any]:
    # The last of two would win without a word, and the caller may have meant the first.
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            what = "a key" if is_private else f"the key {quoted(key)}"
            raise NoJsonError(f"has {what} twice in one object")
        found[key] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise NoJsonError(f"holds {name}, which is no number of JSON")


def faults(message: Descriptor, value: Any, path: str = "") -> Iterator[Fault]:  # noqa: ANN401
    """Iterate over the faults of a value of JSON that stands for a message.

    Args:
        message: the message's descriptor.
        value: the value.
        path: field of the value in the request; empty: the value is the request.
    """
    if not isinstance(value, dict):
        like = '{"name": "us-names"}' if path == "model" else '{"count": 5}'
        like = f", such as {like}" if path in {"", "model"} else ""
        yield path or BODY, f"{_shown(value)} is no object{like}"
        return
    fields = {name: field for field in message.fields for name in (field.name, field.json_name)}
    for name, given in value.items():
        place = f"{path}.{name}" if path else name
        if name not in fields:
            yield quoted(place)[1:-1], _unknown(message, name)
        elif given is not None:
            yield from _of_field(fields[name], given, fields[name].name if not path else place)


def _of_field(field: Descriptor, given: Any, place: str) -> Iterator[Fault]:  # noqa: ANN401
    if field.message_type and field.message_type.GetOptions().map_entry:
        yield from _of_map(field.message_type.fields_by_name["value"], given, place)
    elif not field.is_repeated:
        yield from _of_one(field, given, place)
    elif not isinstance(given, list):
        yield place, "is no list" if field.full_name in PRIVATE else f"{_shown(given)} is no list"
    else:
        for at, one in enumerate(given):
            yield from _of_one(field, one, f"{place}[{at}]")


def _of_map(field: Descriptor, given: Any, place: str) -> Iterator[Fault]:  # noqa: ANN401
    if not isinstance(given, dict):
        yield place, f'{_shown(given)} is no object, such as {{"locale": "fi"}}'
        return
    for key, one in given.items():
        yield from _of_one(field, one, f"{place}[{quoted(key)}]")


def _of_one(field: Descriptor, given: Any, place: str) -> Iterator[Fault]:  # noqa: ANN401
    if not field.message_type:
        fault = _fault(field, given)
        if fault:
            yield place, fault
    elif field.message_type.file.package.startswith("namesmith."):
        yield from faults(field.message_type, given, place)


def _fault(field: Descriptor, given: Any) -> str:  # noqa: ANN401
    """Return the fault of a value that stands for no message; empty: none."""
    kind = field.cpp_type
    if kind in WHOLE:
        low, high = WHOLE[kind]
        fault = "not" if _is_whole(given) else "no whole number"
        fits = fault == "not" and low <= int(given) <= high
        return "" if fits else f"{_shown(given)} is {fault} in [{low}, {high}]"
    if kind in REAL:
        return "" if _is_number(given) else f"{_shown(given)} is no number"
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return "" if isinstance(given, bool) else f"{_shown(given)} is neither true nor false"
    if field.type == FieldDescriptor.TYPE_BYTES:
        is_base64 = isinstance(given, str) and BASE64.fullmatch(given)
        return "" if is_base64 else "is not base64, in which JSON has bytes"
    if kind != FieldDescriptor.CPPTYPE_STRING or isinstance(given, str):
        return ""
    return "is no string" if field.full_name in PRIVATE else f"{_shown(given)} is no string"


def _is_number(given: object) -> bool:
    try:
        return not isinstance(given, bool | list | dict) and float(given) is not None  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return False


def _is_whole(given: object) -> bool:
    if isinstance(given, str):
        return given.removeprefix("-").isdecimal() and given.isascii() and len(given) < 30
    whole = isinstance(given, float) and given.is_integer()
    return whole or (isinstance(given, int) and not isinstance(given, bool))


def _unknown(message: Descriptor, name: str) -> str:
    names = [field.name for field in message.fields]
    for field in message.fields:
        inner = field.message_type.fields_by_name if field.message_type else {}
        if name in inner:
            return f"is no field here; it is {field.name}.{name}"
    near = difflib.get_close_matches(name[:100], names, 1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"is no field; {meant}there are {', '.join(names)}"


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) < 60 else f"{text[:57]}..."
