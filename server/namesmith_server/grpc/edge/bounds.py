"""The largest request of each method, in bytes and in records."""

from dataclasses import dataclass

from google.protobuf.descriptor import Descriptor

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith_server.grpc.converters import TEXT_LISTS

LENGTH_DELIMITED = 2
"""Wire type of a string in protobuf's encoding, https://protobuf.dev/programming-guides/encoding."""

MAX_OTHER_RECORDS = 1_000
"""Largest number of records in a long request that are no texts of its list: it needs thirty."""


@dataclass(frozen=True)
class ListBounds:
    """The bounds of a list of texts.

    Attributes:
        field: path of the list in the request.
        tag: tag of each text.
        most: largest number of texts.
        least: least number of texts, for the words of a refusal.
        noun: plural noun of the texts, for the same words.
    """

    field: str
    tag: int
    most: int
    least: int = 0
    noun: str = "texts"


@dataclass(frozen=True)
class Bounds:
    """The bounds of the messages of a method.

    Attributes:
        size: bytes of the largest message, decompressed.
        entered: tags of the messages within the request whose records count too, each in a count of
            its own.
        lists: the lists of texts in the request.
    """

    size: int = limits.MAX_QUESTION_BYTES
    entered: tuple[int, ...] = (pb.GenerateNamesRequest.MODEL_FIELD_NUMBER << 3 | LENGTH_DELIMITED,)
    lists: tuple[ListBounds, ...] = ()


def bounds_of(method: str) -> Bounds:
    """Return the bounds of a method; a method unknown here has the bounds of one without a list."""
    return BOUNDS.get(method, Bounds())


def _question(message: Descriptor) -> Bounds:
    return Bounds(
        entered=(_tag(message, "constraint"),),
        lists=CONSTRAINT_LISTS,
    )


def _names(message: Descriptor) -> Bounds:
    return Bounds(
        size=limits.MAX_MESSAGE_BYTES,
        entered=(_tag(message, "model"),),
        lists=(ListBounds("names", _tag(message, "names"), limits.MAX_SCORED_NAMES, 1, "names"),),
    )


def _named(message: Descriptor, *fields: str) -> Bounds:
    """Return the bounds of a request of keys, or of names of keys, under a constraint."""
    most = limits.MAX_NAMED_KEYS
    lists = [ListBounds(field, _tag(message, field), most, 0, field) for field in fields]
    return Bounds(
        size=limits.MAX_MESSAGE_BYTES,
        entered=(_tag(message, "constraint"),),
        lists=(*lists, *CONSTRAINT_LISTS),
    )


def _tag(message: Descriptor, field: str) -> int:
    return message.fields_by_name[field].number << 3 | LENGTH_DELIMITED


CONSTRAINT_LISTS = tuple(
    ListBounds(
        f"constraint.{one.field}",
        _tag(pb.Constraint.DESCRIPTOR, one.field),
        one.most,
        noun=one.noun,
    )
    for one in TEXT_LISTS
)
"""Bounds of the lists of a constraint."""

INFER = Bounds(
    size=limits.MAX_MESSAGE_BYTES,
    entered=(5 << 3 | LENGTH_DELIMITED, 6 << 3 | LENGTH_DELIMITED),
)
"""Bounds of the requests of the Open Inference Protocol, which is loaded only where it is served:
their tensors, inputs (5) and outputs (6), hold parameters. The elements of an input are no records,
or a few bytes of memory each until their number is known."""

BOUNDS = {
    "GenerateNames": _question(pb.GenerateNamesRequest.DESCRIPTOR),
    "StreamNames": _question(pb.StreamNamesRequest.DESCRIPTOR),
    "MeasureConstraint": _question(pb.MeasureConstraintRequest.DESCRIPTOR),
    "ListTopNames": _question(pb.ListTopNamesRequest.DESCRIPTOR),
    "NameKeys": _named(pb.NameKeysRequest.DESCRIPTOR, "keys"),
    "KeyOfName": _named(pb.KeyOfNameRequest.DESCRIPTOR, "names"),
    "ScoreNames": _names(pb.ScoreNamesRequest.DESCRIPTOR),
    "EvaluateNames": _names(pb.EvaluateNamesRequest.DESCRIPTOR),
    "ModelInfer": INFER,
    "ModelStreamInfer": INFER,
}
"""Bounds of the methods whose messages hold lists."""
