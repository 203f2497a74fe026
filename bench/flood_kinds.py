"""The floods, by the number of their fault: few bytes, large cost. Makes calls, and sends none."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from google.protobuf.message import Message

from namesmith.limits import MAX_FORBIDDEN_CHARACTERS, MAX_MESSAGE_BYTES, MAX_TEXT_CHARACTERS
from namesmith.v1 import names_pb2 as pb

FOUR_MILLION = 4_000_000
MARKS = "\u0301\u0323" * (MAX_TEXT_CHARACTERS // 2)
"""A text whose marks stand in an order that normalisation has to change, again and again."""

CONSONANTS, VOWELS = "bcdfghjklmnpqrstvwxz", "aeiouy"


@dataclass(frozen=True)
class Call:
    """One hostile call.

    Attributes:
        method: name of the method of NameService.
        raw: bytes of the request.
        sent: share of the bytes that is sent; below 1 the call stays open.
    """

    method: str
    raw: bytes
    sent: float = 1.0


@dataclass(frozen=True)
class Flood:
    """One flood.

    Attributes:
        what: description.
        calls: makes the calls.
        reads: True if the attacker reads its answers; otherwise it holds them unread.
        connections: number of connections that say nothing; they replace the calls.
    """

    what: str
    calls: Callable[[], Iterable[Call]]
    reads: bool = True
    connections: int = 0

    @property
    def holds(self) -> bool:
        """True if the flood lasts as long as the attacker likes."""
        return not self.reads or bool(self.connections)


def empty_names(count: int) -> list[Call]:
    """Return 140 calls with so many empty names to score, 2 bytes each."""
    return [Call("ScoreNames", b"\x12\x00" * count)] * 140


def empty_forbidden(count: int) -> list[Call]:
    """Return 140 calls with so many empty forbidden names, 2 bytes each."""
    constraint = b"\x3a\x00" * count
    size, prefix = len(constraint), bytearray(b"\x2a")
    while size > 0x7F:
        prefix.append(size & 0x7F | 0x80)
        size >>= 7
    return [Call("GenerateNames", b"\x10\x01" + bytes(prefix) + bytes([size]) + constraint)] * 140


def marks_forbidden() -> list[Call]:
    """Return 300 calls with as many forbidden names of combining marks as a constraint admits."""
    names = [MARKS] * (MAX_FORBIDDEN_CHARACTERS // MAX_TEXT_CHARACTERS)
    asked = pb.GenerateNamesRequest(count=1, constraint=pb.Constraint(forbidden=names))
    return [_call("GenerateNames", asked)] * 300


def marks_scored() -> list[Call]:
    """Return 30 calls that score as many names of combining marks as a message admits."""
    asked = pb.ScoreNamesRequest(names=[MARKS] * (MAX_MESSAGE_BYTES // (len(MARKS.encode()) + 8)))
    return [_call("ScoreNames", asked)] * 30


def questions(ask: Callable[[pb.Constraint], tuple[str, Message]]) -> list[Call]:
    """Return 60 calls with a large constraint each: novel, a pattern and 10,000 forbidden names."""
    draws = random.Random(42)  # noqa: S311 - the same flood every time

    def name() -> str:
        return "".join(draws.choice(CONSONANTS) + draws.choice(VOWELS) for _ in range(5))

    def constraint() -> pb.Constraint:
        first, second, third = draws.sample(CONSONANTS + VOWELS, 3)
        return pb.Constraint(
            pattern=f"(.*{first}.*{second}.*|[^{third}]{{3,9}}({third}|{first}).*)",
            forbidden=[name() for _ in range(10_000)],
            novel=True,
            max_length=20,
        )

    return [_call(*ask(constraint())) for _ in range(60)]


def endless_streams() -> list[Call]:
    """Return 1,000 calls for a stream of a thousand million names."""
    return [_call("StreamNames", pb.StreamNamesRequest(count=10**9))] * 1_000


def large_answers() -> list[Call]:
    """Return 200 calls whose answers have some megabyte."""
    asked = pb.GenerateNamesRequest(count=62_500, with_log_probs=True)
    return [_call("GenerateNames", asked)] * 200


def halves(count: int) -> list[Call]:
    """Return so many calls that send half of the largest message, and no more."""
    draws = random.Random(42)  # noqa: S311 - bytes that do not compress
    return [Call("ScoreNames", draws.randbytes(MAX_MESSAGE_BYTES - 64), 0.5)] * count


def _call(method: str, request: Message) -> Call:
    return Call(method, request.SerializeToString())


FLOODS = {
    "30-names": Flood("4 million empty names", lambda: empty_names(FOUR_MILLION)),
    "30-forbidden": Flood("4 million empty forbidden", lambda: empty_forbidden(FOUR_MILLION)),
    "30-names-most": Flood(
        "empty names, the largest message", lambda: empty_names(MAX_MESSAGE_BYTES // 2 - 8)
    ),
    "30-forbidden-most": Flood(
        "empty forbidden, the largest message", lambda: empty_forbidden(MAX_MESSAGE_BYTES // 2 - 8)
    ),
    "41-forbidden": Flood("forbidden combining marks", marks_forbidden),
    "41-names": Flood("scored combining marks", marks_scored),
    "42-measure": Flood(
        "large questions, measured",
        lambda: questions(
            lambda one: ("MeasureConstraint", pb.MeasureConstraintRequest(constraint=one))
        ),
    ),
    "42-top": Flood(
        "large questions, top 10,000",
        lambda: questions(
            lambda one: ("ListTopNames", pb.ListTopNamesRequest(count=10_000, constraint=one))
        ),
    ),
    "42-distinct": Flood(
        "large questions, 100,000 distinct",
        lambda: questions(
            lambda one: (
                "GenerateNames",
                pb.GenerateNamesRequest(count=100_000, constraint=one, distinct=True),
            )
        ),
    ),
    "42-streamed": Flood(
        "large questions, 100,000 distinct in a stream",
        lambda: questions(
            lambda one: (
                "StreamNames",
                pb.StreamNamesRequest(count=100_000, constraint=one, distinct=True),
            )
        ),
    ),
    "43-streams": Flood("1,000 unread streams", endless_streams, reads=False),
    "43-answers": Flood("200 unread answers", large_answers, reads=False),
    "47-halves": Flood("40 halves of messages", lambda: halves(40), reads=False),
    "47-many-halves": Flood("400 halves of messages", lambda: halves(400), reads=False),
    "47-idle": Flood("5,000 idle connections", lambda: (), connections=5_000),
}
