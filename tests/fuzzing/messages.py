"""A strategy for any protobuf message, made from its descriptor: fields at and beyond bounds."""

from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

NAMES = ("anna", "Émile", "zzz", ".", "a.b", "", "x" * 64, "x" * 65, "ANNA", "o\u0308", "a b")
HOSTILE = (
    "\0",
    "\n",
    "\x1b[2J",
    "\u202e",
    "\ufeff",
    "\U0010ffff",
    "\u0301\u0323" * 512,
    "\u0301" * 1_025,
    "a" * 1_024,
    "a" * 1_025,
    "ﷺ" * 341,
    "%s%n{}",
    "../../etc/passwd",
)
PIECES = ("a", "b", ".", "*", "+", "?", "{2}", "{0,9}", "{3,}", "{99999}", "(", ")", "|", "[^ab]",
          "[a-", "]", "\\", "\\d", "^", "$", "[z-a]", "é", "()*", "(a*)*", ".*.*.*")  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(HOSTILE),
    st.text(alphabet="abcdexyz", max_size=12),
    st.text(max_size=20),
)
TENSORS = st.sampled_from(("count", "seed", "top_p", "pattern", "novel", "names", "split"))
HINTS: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(("", "us-names", "us-names-wavenet", "nobody")) | TENSORS | TEXTS,
    "model_name": st.sampled_from(("", "us-names", "us-names.score", "us-names.evaluate")) | TEXTS,
    "key": TENSORS | TEXTS,
    "datatype": st.sampled_from(("INT32", "UINT64", "FP64", "BOOL", "BYTES")),
    "pattern": st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | TEXTS,
    "split": st.sampled_from(("train", "val", "test")) | TEXTS,
    "service": st.sampled_from(("", "namesmith.v1.NameService")) | TEXTS,
    "prefix": st.text(alphabet="abcdex", max_size=3) | TEXTS,
    "count": st.integers(-1, 50) | st.sampled_from((0, 625, 626, 10_000, 2**31 - 1)),
    "max_length": st.integers(-1, 66),
    "min_length": st.integers(-1, 66),
    "top_k": st.integers(-1, 30),
}
"""Strategies for fields of a name, beside that of their type: values that reach deep."""

FLOATS = st.one_of(
    st.sampled_from((0.0, -0.0, 1.0, 5e-324, -5e-324, 1e308, float("nan"), float("inf"), 1e-7)),
    st.floats(0, 1),
    st.floats(),
)


@st.composite
def messages(draw: st.DrawFn, descriptor: Descriptor) -> Message:
    """Draw a message of a type; every field may be unset, at or beyond a bound."""
    likely = draw(st.integers(1, 4))  # one in that many fields is set, at least
    values = {
        field.name: draw(_field(field))
        for field in descriptor.fields
        if draw(st.integers(1, likely)) == 1
    }
    return GetMessageClass(descriptor)(**values)


@cache
def _field(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.type == FieldDescriptor.TYPE_MESSAGE and field.message_type.GetOptions().map_entry:
        key, value = map(_field, field.message_type.fields)
        return st.dictionaries(key, value, max_size=3)
    one = _value(field)
    if not field.is_repeated:
        return one
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return st.lists(one, max_size=4)
    many = st.builds(lambda value, times: [value] * times, one, st.sampled_from((10, 1_000)))
    return st.lists(one, max_size=4) | many


def _value(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return messages(field.message_type)
    usual = TYPES[field.type]()
    return HINTS[field.name] | usual if field.name in HINTS else usual


def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    ends = (low, low + 1, -1, 0, 1, 32, 64, 65, high - 1, high)
    within = st.sampled_from([end for end in ends if low <= end <= high])
    return within | st.integers(low, high)


TYPES: dict[int, Callable[[], st.SearchStrategy[Any]]] = {
    FieldDescriptor.TYPE_STRING: lambda: TEXTS,
    FieldDescriptor.TYPE_BOOL: st.booleans,
    FieldDescriptor.TYPE_BYTES: lambda: st.binary(max_size=12) | TEXTS.map(str.encode),
    FieldDescriptor.TYPE_DOUBLE: lambda: FLOATS,
    FieldDescriptor.TYPE_FLOAT: lambda: st.floats(width=32),
    FieldDescriptor.TYPE_INT32: lambda: _integers(-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: lambda: _integers(-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT32: lambda: _integers(0, 2**32 - 1),
    FieldDescriptor.TYPE_UINT64: lambda: _integers(0, 2**64 - 1),
}
"""Strategy for the values of each type of field that requests have."""
