"""From request messages to what the engine takes, every bound checked before any work."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from namesmith.v1 import names_pb2 as pb
from namesmith.vocabulary import Vocabulary
from namesmith_server.engine.parameters import (
    Constraint,
    Order,
    Sampling,
)
from namesmith_server.service.check import Check
from namesmith_server.service.conditions import (
    CONSTRAINT,
    MAX_CHARACTERS,
    SAMPLING,
    conditions,
)
from namesmith_server.service.errors import InvalidArgumentError, Violation

MAX_COUNT = 100_000
MAX_STREAM = 10**9
MAX_NAMES = 100_000
MAX_DISTINCT = 100_000
MAX_TOP = 10_000
MAX_NATS = 1_000_000


@dataclass(frozen=True)
class Limits:
    """What one unary call may cost.

    Attributes:
        symbols: count x max_length of GenerateNames, characters of ScoreNames.
    """

    symbols: int = 2_000_000

    @cached_property
    def plain(self) -> int:
        """Names of the usual lengths that one call may ask for."""
        return min(MAX_COUNT, self.symbols // CONSTRAINT.max_length)


def order(request: pb.GenerateNamesRequest, vocabulary: Vocabulary, limits: Limits) -> Order:
    """The order that a GenerateNamesRequest places; draws the seed where none is given.

    Raises:
        InvalidArgumentError: with every field that is out of bounds.
    """
    count = request.count
    if 1 <= count <= limits.plain and not (
        request.HasField("sampling") or request.HasField("constraint") or request.distinct
    ):  # the most frequent request
        return Order(count, _seed(request), SAMPLING, CONSTRAINT, request.with_log_probs)
    check = Check()
    placed = _order(request, MAX_COUNT, vocabulary, check)
    cost = placed.count * placed.constraint.max_length
    if cost > limits.symbols and not check.violations:
        check.fail(
            "count",
            f"{request.count} names of up to {placed.constraint.max_length} characters are {cost}"
            f" symbols, at most {limits.symbols} are allowed in a call",
        )
    check.done()
    return placed


def stream_order(request: pb.StreamNamesRequest, vocabulary: Vocabulary) -> Order:
    """The order that a StreamNamesRequest places; as ``order``."""
    check = Check()
    placed = _order(request, MAX_STREAM, vocabulary, check)
    check.done()
    return placed


@dataclass(frozen=True)
class Question:
    """What is asked about names.

    Attributes:
        sampling: how they are drawn.
        constraint: what they satisfy.
        count: how many are wanted.
        floor: natural log-probability of those that are counted; None: none are.
    """

    sampling: Sampling
    constraint: Constraint
    count: int = 1
    floor: float | None = None


def measured(request: pb.MeasureConstraintRequest, vocabulary: Vocabulary) -> Question:
    """What a MeasureConstraintRequest asks; raises as ``order``."""
    check = Check()
    sampling, constraint = conditions(request, vocabulary, check)
    floor = request.floor if request.HasField("floor") else None
    if floor is not None:
        check.within("floor", floor, -MAX_NATS, 0)
    check.done()
    return Question(sampling, constraint, floor=floor)


def top(request: pb.ListTopNamesRequest, vocabulary: Vocabulary) -> Question:
    """What a ListTopNamesRequest asks; raises as ``order``."""
    check = Check()
    check.within("count", request.count, 1, MAX_TOP)
    sampling, constraint = conditions(request, vocabulary, check)
    check.done()
    return Question(sampling, constraint, request.count)


def names(
    request: pb.ScoreNamesRequest | pb.EvaluateNamesRequest, limits: Limits, before: int = 0
) -> Sequence[str]:
    """The names of a request, at least one, after ``before`` others of its call.

    Their characters are checked by ``unknown_character``.

    Raises:
        InvalidArgumentError: none, too many or too long.
    """
    check = Check()
    check.that(
        1 <= len(request.names) <= MAX_NAMES,
        "names",
        f"{len(request.names)} names, 1 to {MAX_NAMES} are allowed",
    )
    check.done()
    lengths = [len(name) for name in request.names]
    longest = max(range(len(lengths)), key=lengths.__getitem__)
    check.that(
        lengths[longest] <= MAX_CHARACTERS,
        f"names[{before + longest}]",
        f"{lengths[longest]} characters, at most {MAX_CHARACTERS} are allowed",
    )
    check.that(
        sum(lengths) <= limits.symbols,
        "names",
        f"{sum(lengths)} characters, at most {limits.symbols} are allowed in a call",
    )
    check.done()
    return request.names


def more_names(request: pb.EvaluateNamesRequest, limits: Limits, before: int) -> Sequence[str]:
    """The names of one message of a call; as ``names``, but there may be none."""
    return names(request, limits, before) if request.names else ()


def no_names() -> InvalidArgumentError:
    """The refusal of a call that sent no name."""
    return InvalidArgumentError([Violation("names", "0 names, at least 1 must be sent")])


def unknown_character(
    names: Sequence[str], vocabulary: Vocabulary, before: int = 0
) -> InvalidArgumentError:
    """The refusal of names of which one holds a character outside the vocabulary."""
    check = Check()
    for i, name in enumerate(names):
        check.encoded(f"names[{before + i}]", name, vocabulary)
        if check.violations:
            break
    return InvalidArgumentError(check.violations)


def _order(
    request: pb.GenerateNamesRequest | pb.StreamNamesRequest,
    most: int,
    vocabulary: Vocabulary,
    check: Check,
) -> Order:
    count = request.count
    check.within("count", count, 1, min(most, MAX_DISTINCT) if request.distinct else most)
    sampling, constraint = conditions(request, vocabulary, check)
    return Order(
        count,
        _seed(request),
        sampling,
        constraint,
        request.with_log_probs,
        distinct=request.distinct,
    )


def _seed(request: pb.GenerateNamesRequest | pb.StreamNamesRequest) -> int:
    return request.seed if request.HasField("seed") else random.getrandbits(64)
