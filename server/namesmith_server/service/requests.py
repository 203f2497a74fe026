"""From request messages to what the engine takes, every bound checked before any work."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from namesmith.v1 import names_pb2 as pb
from namesmith.vocabulary import END, UnknownCharacterError, Vocabulary
from namesmith_server.engine.errors import shown
from namesmith_server.engine.parameters import (
    MAX_LENGTH,
    Constraint,
    Language,
    Order,
    Sampling,
)
from namesmith_server.service.errors import InvalidArgumentError, Violation

MAX_COUNT = 100_000
MAX_STREAM = 10**9
MAX_NAMES = 100_000
MAX_CHARACTERS = 1_024
MAX_DISTINCT = 100_000
MAX_FORBIDDEN = 10_000
MAX_FORBIDDEN_CHARACTERS = 100_000
MAX_TOP = 10_000
MAX_NATS = 1_000

SHOWN_VIOLATIONS = 16
"""More of a request's forbidden names are not looked at."""

SAMPLING, CONSTRAINT, LANGUAGE = Sampling(), Constraint(), Language()
"""What unset fields mean."""


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
    check = _Check()
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
    check = _Check()
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
    check = _Check()
    sampling, constraint = _conditions(request, vocabulary, check)
    floor = request.floor if request.HasField("floor") else None
    if floor is not None:
        check.within("floor", floor, -MAX_NATS, 0)
    check.done()
    return Question(sampling, constraint, floor=floor)


def top(request: pb.ListTopNamesRequest, vocabulary: Vocabulary) -> Question:
    """What a ListTopNamesRequest asks; raises as ``order``."""
    check = _Check()
    check.within("count", request.count, 1, MAX_TOP)
    sampling, constraint = _conditions(request, vocabulary, check)
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
    check = _Check()
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
    check = _Check()
    for i, name in enumerate(names):
        check.encoded(f"names[{before + i}]", name, vocabulary)
        if check.violations:
            break
    return InvalidArgumentError(check.violations)


def _order(
    request: pb.GenerateNamesRequest | pb.StreamNamesRequest,
    most: int,
    vocabulary: Vocabulary,
    check: "_Check",
) -> Order:
    count = request.count
    check.within("count", count, 1, min(most, MAX_DISTINCT) if request.distinct else most)
    sampling, constraint = _conditions(request, vocabulary, check)
    return Order(
        count,
        _seed(request),
        sampling,
        constraint,
        request.with_log_probs,
        distinct=request.distinct,
    )


def _conditions(
    request: pb.GenerateNamesRequest
    | pb.StreamNamesRequest
    | pb.MeasureConstraintRequest
    | pb.ListTopNamesRequest,
    vocabulary: Vocabulary,
    check: "_Check",
) -> tuple[Sampling, Constraint]:
    sampling, constraint = SAMPLING, CONSTRAINT
    if request.HasField("sampling"):
        sampling = _sampling(request.sampling, len(vocabulary), check)
    if request.HasField("constraint"):
        constraint = _constraint(request.constraint, vocabulary, check)
    return sampling, constraint


def _seed(request: pb.GenerateNamesRequest | pb.StreamNamesRequest) -> int:
    return request.seed if request.HasField("seed") else random.getrandbits(64)


def _sampling(message: pb.Sampling, vocab_size: int, check: "_Check") -> Sampling:
    sampling = Sampling(
        message.temperature if message.HasField("temperature") else SAMPLING.temperature,
        message.top_k,
        message.top_p if message.HasField("top_p") else SAMPLING.top_p,
        message.min_p if message.HasField("min_p") else SAMPLING.min_p,
    )
    check.within("sampling.temperature", sampling.temperature, 0, 10)
    check.within("sampling.top_k", sampling.top_k, 0, vocab_size)
    check.that(0 < sampling.top_p <= 1, "sampling.top_p", f"{sampling.top_p} is not in (0, 1]")
    check.within("sampling.min_p", sampling.min_p, 0, 1)
    return sampling


def _constraint(message: pb.Constraint, vocabulary: Vocabulary, check: "_Check") -> Constraint:
    longest = message.max_length if message.HasField("max_length") else CONSTRAINT.max_length
    check.within("constraint.max_length", longest, 1, MAX_LENGTH)
    prefix = _part("prefix", message.prefix, longest, vocabulary, check)
    shortest = CONSTRAINT.min_length
    if message.HasField("min_length"):
        shortest = message.min_length
        check.within("constraint.min_length", shortest, 0, longest)
    language = Language(
        _part("suffix", message.suffix, longest, vocabulary, check),
        _part("contains", message.contains, longest, vocabulary, check),
        message.pattern,
        _forbidden(message.forbidden, vocabulary, check),
        message.novel,
    )
    return Constraint(prefix, shortest, longest, language if language != LANGUAGE else None)


def _part(
    field: str, text: str, longest: int, vocabulary: Vocabulary, check: "_Check"
) -> tuple[int, ...]:
    """A part of a name, as ids; none, where it is refused."""
    part: tuple[int, ...] = ()
    if len(text) <= MAX_CHARACTERS:
        part = check.encoded(f"constraint.{field}", text, vocabulary)
    length = max(len(part), len(text) if not part else 0)
    check.that(
        length <= longest,
        f"constraint.{field}",
        f"{length} characters, at most max_length = {longest} are allowed",
    )
    return part


def _forbidden(
    given: Sequence[str], vocabulary: Vocabulary, check: "_Check"
) -> tuple[tuple[int, ...], ...]:
    """Forbidden names, each once, without those too long to be drawn."""
    check.that(
        len(given) <= MAX_FORBIDDEN,
        "constraint.forbidden",
        f"{len(given)} names, at most {MAX_FORBIDDEN} are allowed",
    )
    characters = sum(map(len, given[:MAX_FORBIDDEN]))
    if characters > MAX_FORBIDDEN_CHARACTERS:
        check.fail(
            "constraint.forbidden",
            f"{characters} characters, at most {MAX_FORBIDDEN_CHARACTERS} are allowed",
        )
        return ()
    encoded: dict[tuple[int, ...], None] = {}
    for i, name in enumerate(given[:MAX_FORBIDDEN]):
        field = f"constraint.forbidden[{i}]"
        if len(name) > MAX_CHARACTERS:
            check.fail(field, f"{len(name)} characters, at most {MAX_CHARACTERS} are allowed")
            continue
        word = tuple(vocabulary.ids.get(character, END) for character in vocabulary.normalise(name))
        encoded[word] = None
        if END in word:
            check.encoded(field, name, vocabulary)
        if len(check.violations) >= SHOWN_VIOLATIONS:
            break
    return tuple(name for name in encoded if len(name) <= MAX_LENGTH)


class _Check:
    """Collects violations, so that a caller hears of all at once."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def fail(self, field: str, description: str) -> None:
        self.violations.append(Violation(field, description))

    def that(self, holds: bool, field: str, description: str) -> None:  # noqa: FBT001 - a check
        if not holds:
            self.fail(field, description)

    def within(self, field: str, value: float, low: int, high: int) -> None:
        if not low <= value <= high:  # not a number is within no bounds, written so
            self.fail(field, f"{value} is not in [{low}, {high}]")

    def encoded(self, field: str, text: str, vocabulary: Vocabulary) -> tuple[int, ...]:
        try:
            return tuple(vocabulary.encode(text))
        except UnknownCharacterError as error:
            self.fail(field, f"{error}: {shown(''.join(vocabulary.symbols[1:]))}")
            return ()

    def done(self) -> None:
        if self.violations:
            raise InvalidArgumentError(self.violations)
