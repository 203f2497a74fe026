"""The arguments that several operations share: the settings of sampling and of the constraint.

An argument is a key of the dictionary type below, and a field of ``Sampling`` or ``Constraint``.
The methods of the clients have it written out, with its entry of the docstring, and its value fills
the like-named field of the request's message.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, TypedDict, TypeVar

from google.protobuf.message import Message

from namesmith.v1 import names_pb2
from namesmith_client._messages import build, read_names

Kind = TypeVar("Kind", bound=Message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    """The settings of sampling, which transform each distribution of the next symbol.

    They apply in the order temperature, top_k, top_p, min_p, before the constraint.

    Attributes:
        temperature: number that divides the log-probabilities, in [0, 10]; 0: draw the most
            probable symbol; None: 1.
        top_k: draw from the top_k most probable symbols, >= 0; 0 or None: from all symbols.
        top_p: draw from the most probable symbols whose probabilities sum to at least top_p, in
            (0, 1]; None: 1.
        min_p: draw from symbols at least min_p times as probable as the most probable one, in
            [0, 1]; None: 0.
    """

    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """The names that are admitted; a name is never cut to fit.

    Attributes:
        prefix: text that each name begins with, at most max_length characters.
        min_length: fewest characters of a name, prefix included, in [0, max_length]; None: 1.
        max_length: most characters of a name, prefix included, in [1, 64]; None: 32.
        suffix: text that each name ends with, at most max_length characters.
        contains: text that stands somewhere in each name, at most max_length characters.
        pattern: regular expression that each whole name matches, at most 500 characters.
        forbidden: names that are never returned, at most 10,000.
        novel: whether names of the training split are never returned.
        excludes: texts that stand nowhere in a name, at most 10,000 of 1 to 64 characters each;
            a text with a character outside the model's vocabulary excludes nothing.
        not_pattern: regular expression that no whole name matches, at most 500 characters.
        min_distance: least edit distance of each name from every name of the training split, in
            [0, 3]; 0: any; 1: as novel.
        starts_with_any: texts with one of which each name begins, at most 1,000 of at most
            max_length characters each; none: any beginning.
        ends_with_any: texts with one of which each name ends, at most 1,000 of at most
            max_length characters each; none: any end.

    Raises:
        TypeError: a list of texts is one string.
    """

    prefix: str = ""
    min_length: int | None = None
    max_length: int | None = None
    suffix: str = ""
    contains: str = ""
    pattern: str = ""
    forbidden: Iterable[str] = ()
    novel: bool = False
    excludes: Iterable[str] = ()
    not_pattern: str = ""
    min_distance: int = 0
    starts_with_any: Iterable[str] = ()
    ends_with_any: Iterable[str] = ()

    def __post_init__(self) -> None:
        # As a tuple it can be measured first and sampled then.
        for field in fields(self):
            if field.default == ():
                object.__setattr__(
                    self, field.name, read_names(field.name, getattr(self, field.name))
                )


class SamplingAndConstraint(TypedDict, total=False):
    """The arguments that ``generate``, ``stream``, ``measure`` and ``top`` share, all optional.

    A caller can keep settings in this type and pass them on: ``client.top(count, **settings)``.
    Beside the two values, the fields of ``Sampling`` and ``Constraint`` are arguments themselves.

    Attributes:
        sampling: how symbols are drawn; None: as the arguments of the same names say.
        constraint: which names are admitted; None: as the arguments of the same names say.
    """

    sampling: Sampling | None
    constraint: Constraint | None
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
    excludes: Iterable[str]
    not_pattern: str
    min_distance: int
    starts_with_any: Iterable[str]
    ends_with_any: Iterable[str]


class SharedMessages(TypedDict):
    """The messages of a request that hold the shared arguments."""

    sampling: names_pb2.Sampling
    constraint: names_pb2.Constraint


def sampling_and_constraint(settings: SamplingAndConstraint) -> SharedMessages:
    """Build the messages of the shared arguments; the server sets each argument that is left out.

    Raises:
        InvalidArgumentError: a number is out of its type's range, or a text is not Unicode.
        TypeError: a value is of the wrong type; a list of texts is one string.
        ValueError: an argument is given by itself and in ``sampling`` or ``constraint``.
    """
    sampling, constraint = settings.get("sampling"), settings.get("constraint")
    return {
        "sampling": _message(names_pb2.Sampling, "sampling", sampling, Sampling, settings),
        "constraint": _message(
            names_pb2.Constraint, "constraint", constraint, Constraint, settings
        ),
    }


def _message(
    kind: type[Kind],
    argument: str,
    value: Sampling | Constraint | None,
    expected: type[Sampling | Constraint],
    settings: SamplingAndConstraint,
) -> Kind:
    """Build a message from the settings that are fields of the message, or of the given value."""
    if value is not None and not isinstance(value, expected):
        raise TypeError(f"{argument}: {value!r}, a {expected.__name__} or None is expected")
    values: dict[str, Any] = dict(settings)
    found = {}
    for field in fields(expected):
        name, own = field.name, values.get(field.name, field.default)
        found[name] = own
        if value is not None and (kept := getattr(value, name)) != field.default:
            if own != field.default:
                raise ValueError(f"{name}: is given by itself and in {argument}")
            found[name] = kept
    return build(kind, f"{argument}.", **found)
