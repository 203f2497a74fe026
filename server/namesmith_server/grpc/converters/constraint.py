"""From the messages Sampling and Constraint to the engine's values."""

from collections.abc import Iterator
from typing import Literal, Protocol

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith.vocabulary import Vocabulary
from namesmith_server.engine import Constraint, ContentConstraint, Sampling, kinds
from namesmith_server.grpc.converters.lexicon import Lexicon
from namesmith_server.grpc.converters.texts import (
    ENDS_WITH_ANY,
    EXCLUDES,
    FORBIDDEN,
    STARTS_WITH_ANY,
    encode_texts,
)
from namesmith_server.grpc.converters.validator import Validator

LISTS = (
    (FORBIDDEN, kinds.Forbidden),
    (EXCLUDES, kinds.Excludes),
    (STARTS_WITH_ANY, kinds.StartsWithAny),
    (ENDS_WITH_ANY, kinds.EndsWithAny),
)
"""The kind of constraint of each list of texts."""

DEFAULT_SAMPLING, DEFAULT_CONSTRAINT = Sampling(), Constraint()
"""The values of a request whose sampling or constraint is unset."""


class ConstraintRequest(Protocol):
    """A request with the message Constraint."""

    @property
    def constraint(self) -> pb.Constraint: ...  # noqa: D102 - the field
    def HasField(self, field_name: Literal["constraint"]) -> bool: ...  # noqa: D102, N802 - protobuf's


class ConstrainedRequest(Protocol):
    """A request with the messages Sampling and Constraint."""

    @property
    def sampling(self) -> pb.Sampling: ...  # noqa: D102 - the field
    @property
    def constraint(self) -> pb.Constraint: ...  # noqa: D102 - the field
    def HasField(self, field_name: Literal["sampling", "constraint"]) -> bool: ...  # noqa: D102, N802 - protobuf's


def sampling_and_constraint(
    request: ConstrainedRequest, lexicon: Lexicon, validator: Validator
) -> tuple[Sampling, Constraint]:
    """Return the sampling and the constraint of a request; add violations to the validator.

    The texts that the server excludes are a part of every constraint.
    """
    sampling = DEFAULT_SAMPLING
    if request.HasField("sampling"):
        sampling = _sampling(request.sampling, len(lexicon.vocabulary), validator)
    return sampling, constraint_of(request, lexicon, validator)


def constraint_of(request: ConstraintRequest, lexicon: Lexicon, validator: Validator) -> Constraint:
    """Return the constraint of a request; add violations to the validator."""
    if not request.HasField("constraint"):
        return lexicon.default
    return _constraint(request.constraint, lexicon, validator)


def _sampling(message: pb.Sampling, vocab_size: int, validator: Validator) -> Sampling:
    default = DEFAULT_SAMPLING
    sampling = Sampling(
        message.temperature if message.HasField("temperature") else default.temperature,
        message.top_k,
        message.top_p if message.HasField("top_p") else default.top_p,
        message.min_p if message.HasField("min_p") else default.min_p,
    )
    validator.in_range("sampling.temperature", sampling.temperature, 0, limits.MAX_TEMPERATURE)
    validator.in_range("sampling.top_k", sampling.top_k, 0, vocab_size)
    top_p = sampling.top_p
    validator.require(0 < top_p <= 1, "sampling.top_p", f"{top_p} is not in (0, 1]")
    validator.in_range("sampling.min_p", sampling.min_p, 0, 1)
    return sampling


def _constraint(message: pb.Constraint, lexicon: Lexicon, validator: Validator) -> Constraint:
    default, vocabulary = DEFAULT_CONSTRAINT, lexicon.vocabulary
    max_length = message.max_length if message.HasField("max_length") else default.max_length
    validator.in_range("constraint.max_length", max_length, 1, limits.MAX_LENGTH)
    prefix = _part("prefix", message.prefix, max_length, vocabulary, validator)
    min_length = default.min_length
    if message.HasField("min_length"):
        min_length = message.min_length
        fits = 0 <= min_length <= max_length
        wrong = f"{min_length} is not in [0, max_length = {max_length}]"
        validator.require(fits, "constraint.min_length", wrong)
    content = tuple(_content(message, max_length, vocabulary, validator))
    if lexicon.excluded is not None:
        content = _joined(content, lexicon.excluded)
    return Constraint(prefix, min_length, max_length, content)


def _content(
    message: pb.Constraint, max_length: int, vocabulary: Vocabulary, validator: Validator
) -> Iterator[ContentConstraint]:
    """Yield a constraint for each kind that the message sets: a new kind is read here."""
    if message.pattern:
        yield kinds.Pattern(message.pattern)
    if message.suffix:
        yield kinds.Suffix(_part("suffix", message.suffix, max_length, vocabulary, validator))
    if message.contains:
        yield kinds.Contains(_part("contains", message.contains, max_length, vocabulary, validator))
    if message.not_pattern:
        yield kinds.NotPattern(message.not_pattern)
    for bounds, kind in LISTS:
        if texts := getattr(message, bounds.field):
            yield kind(encode_texts(texts, bounds, max_length, vocabulary, validator))
    validator.in_range("constraint.min_distance", message.min_distance, 0, limits.MAX_MIN_DISTANCE)
    if message.novel or message.min_distance == 1:
        yield kinds.Novel()
    if message.min_distance > 1:
        yield kinds.MinDistance(message.min_distance)


def _joined(
    content: tuple[ContentConstraint, ...], excluded: kinds.Excludes
) -> tuple[ContentConstraint, ...]:
    """Return constraints with the server's excluded texts, which join those of the request."""
    others = tuple(one for one in content if not isinstance(one, kinds.Excludes))
    for one in content:
        if isinstance(one, kinds.Excludes):
            excluded = excluded.joined(one)
    return (*others, excluded)


def _part(
    field: str, text: str, max_length: int, vocabulary: Vocabulary, validator: Validator
) -> tuple[int, ...]:
    """Return a part of a name as ids; add a violation where it is wrong or too long."""
    part: tuple[int, ...] = ()
    if len(text) <= limits.MAX_TEXT_CHARACTERS:
        part = validator.encode(f"constraint.{field}", text, vocabulary)
    length = max(len(part), len(text) if not part else 0)
    validator.require(
        length <= max_length,
        f"constraint.{field}",
        f"{length} characters, at most max_length = {max_length} are allowed",
    )
    return part
