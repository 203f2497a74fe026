"""The largest request of each method, in bytes and in records."""

from dataclasses import dataclass, replace

from google.protobuf.descriptor import Descriptor

from namesmith import limits
from namesmith.v1 import names_pb2 as pb

LENGTH_DELIMITED = 2
"""Wire type of a string in protobuf's encoding, https://protobuf.dev/programming-guides/encoding."""

MAX_OTHER_RECORDS = 1_000
"""Largest number of records in a long request that are no texts of its list: it needs thirty."""

MAX_CONSTRAINT_RECORDS = (
    limits.MAX_FORBIDDEN_NAMES + limits.MAX_EXCLUDED_TEXTS + 2 * limits.MAX_ALTERNATIVES
)
"""Largest number of texts in the lists of a constraint."""


@dataclass(frozen=True)
class Bounds:
    """The bounds of the messages of a method.

    Attributes:
        size: bytes of the largest message, decompressed.
        entered: tags of the messages within the request whose records count too, each in a count of
            its own.
        field: path of the list of texts in the request; empty: it has none.
        tag: tag of each text.
        least: least number of texts, for the words of a refusal.
        most: largest number of texts.
        others: largest number of records that are no texts.
        noun: noun of the texts, for the words of a refusal.
    """

    size: int = limits.MAX_QUESTION_BYTES
    entered: tuple[int, ...] = (pb.GenerateNamesRequest.MODEL_FIELD_NUMBER << 3 | LENGTH_DELIMITED,)
    field: str = ""
    tag: int = 0
    least: int = 0
    most: int = 0
    others: int = MAX_OTHER_RECORDS
    noun: str = "names"


def bounds_of(method: str) -> Bounds:
    """Return the bounds of a method; a method unknown here has the bounds of one without a list."""
    return BOUNDS.get(method, Bounds())


def _question(message: Descriptor) -> Bounds:
    return Bounds(
        entered=(_tag(message, "constraint"),),
        field="constraint.forbidden",
        tag=_tag(pb.Constraint.DESCRIPTOR, "forbidden"),
        most=limits.MAX_FORBIDDEN_NAMES,
    )


def _names(message: Descriptor) -> Bounds:
    return Bounds(
        size=limits.MAX_MESSAGE_BYTES,
        entered=(_tag(message, "model"),),
        field="names",
        tag=_tag(message, "names"),
        least=1,
        most=limits.MAX_SCORED_NAMES,
    )


def _keys(message: Descriptor) -> Bounds:
    return Bounds(
        size=limits.MAX_MESSAGE_BYTES,
        entered=(_tag(message, "constraint"),),
        field="keys",
        tag=_tag(message, "keys"),
        most=limits.MAX_NAMED_KEYS,
        others=MAX_OTHER_RECORDS + MAX_CONSTRAINT_RECORDS,
        noun="keys",
    )


def _tag(message: Descriptor, field: str) -> int:
    return message.fields_by_name[field].number << 3 | LENGTH_DELIMITED


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
    "NameKeys": _keys(pb.NameKeysRequest.DESCRIPTOR),
    "KeyOfName": replace(_names(pb.KeyOfNameRequest.DESCRIPTOR), most=limits.MAX_NAMED_KEYS),
    "ScoreNames": _names(pb.ScoreNamesRequest.DESCRIPTOR),
    "EvaluateNames": _names(pb.EvaluateNamesRequest.DESCRIPTOR),
    "ModelInfer": INFER,
    "ModelStreamInfer": INFER,
}
"""Bounds of the methods whose messages hold lists."""
