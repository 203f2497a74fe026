"""The arguments that several operations share: the settings of sampling and of the constraint.

An argument is a key of the dictionary type below and an entry of its docstring. Operations take
the argument, type checkers and ``help`` show it written out, and its value fills the like-named
field of the request's ``Sampling`` or ``Constraint``.
"""

from collections.abc import Iterable
from functools import cache
from typing import TypedDict, TypeVar

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from namesmith.v1 import names_pb2
from namesmith_client._messages import build

Kind = TypeVar("Kind", bound=Message)


class SamplingAndConstraint(TypedDict, total=False):
    """The arguments that ``generate``, ``stream``, ``measure`` and ``top`` share, all optional.

    A caller can keep settings in this type and pass them on: ``client.top(count, **settings)``.
    Sampling applies temperature, top_k, top_p and min_p in this order, before the constraint.

    Attributes:
        temperature: number that divides the log-probabilities, in [0, 10]; 0: draw the most
            probable symbol; None: 1.
        top_k: draw from the top_k most probable symbols, >= 0; 0 or None: draw from all symbols.
        top_p: draw from the most probable symbols whose probabilities sum to at least top_p, in
            (0, 1]; None: 1.
        min_p: draw from symbols at least min_p times as probable as the most probable symbol, in
            [0, 1]; None: 0.
        prefix: text that each name begins with, at most max_length characters.
        min_length: fewest characters of a name, prefix included, in [0, max_length]; None: 1.
        max_length: most characters of a name, prefix included, in [1, 64]; None: 32.
        suffix: text that each name ends with, at most max_length characters.
        contains: text that stands somewhere in each name, at most max_length characters.
        pattern: regular expression that each whole name matches, at most 500 characters.
        forbidden: names that are never returned, at most 10,000.
        novel: whether names of the training split are never returned.
    """

    temperature: float | None
    top_k: int | None
    top_p: float | None
    min_p: float | None
    prefix: str
    min_length: int | None
    max_length: int | None
    suffix: str
    contains: str
    pattern: str
    forbidden: Iterable[str]
    novel: bool


class SharedMessages(TypedDict):
    """The messages of a request that hold the shared arguments."""

    sampling: names_pb2.Sampling
    constraint: names_pb2.Constraint


def sampling_and_constraint(settings: SamplingAndConstraint) -> SharedMessages:
    """Build the messages of the shared arguments; the server sets each argument that is left out.

    Raises:
        InvalidArgumentError: a number is out of its type's range, or a text is not Unicode.
        TypeError: a value is of the wrong type; ``forbidden`` is one string.
    """
    return {
        "sampling": _message(names_pb2.Sampling, "sampling.", settings),
        "constraint": _message(names_pb2.Constraint, "constraint.", settings),
    }


def _message(kind: type[Kind], path: str, settings: SamplingAndConstraint) -> Kind:
    """Build a message from the settings that are fields of the message."""
    known = _field_names(kind.DESCRIPTOR)
    return build(kind, path, **{name: value for name, value in settings.items() if name in known})


@cache
def _field_names(kind: Descriptor) -> frozenset[str]:
    return frozenset(kind.fields_by_name)
