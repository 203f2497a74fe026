"""From the messages Sampling and Constraint to the engine's values."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

from namesmith import limits
from namesmith.v1 import names_pb2 as pb
from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine import Constraint, ContentConstraint, Sampling, kinds
from namesmith_server.grpc.converters.validator import Validator

MAX_VIOLATIONS = 16
"""Number of violations of one request at which the check of its forbidden names ends."""

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
    request: ConstrainedRequest, vocabulary: Vocabulary, validator: Validator
) -> tuple[Sampling, Constraint]:
    """Return the sampling and the constraint of a request; add violations to the validator."""
    sampling = DEFAULT_SAMPLING
    if request.HasField("sampling"):
        sampling = _sampling(request.sampling, len(vocabulary), validator)
    return sampling, constraint_of(request, vocabulary, validator)


def constraint_of(
    request: ConstraintRequest, vocabulary: Vocabulary, validator: Validator
) -> Constraint:
    """Return the constraint of a request; add violations to the validator."""
    if not request.HasField("constraint"):
        return DEFAULT_CONSTRAINT
    return _constraint(request.constraint, vocabulary, validator)


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


def _constraint(message: pb.Constraint, vocabulary: Vocabulary, validator: Validator) -> Constraint:
    default = DEFAULT_CONSTRAINT
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
    if message.forbidden:
        yield kinds.Forbidden(_forbidden(message.forbidden, vocabulary, validator))
    validator.in_range("constraint.min_distance", message.min_distance, 0, limits.MAX_MIN_DISTANCE)
    if message.novel or message.min_distance == 1:
        yield kinds.Novel()
    if message.min_distance > 1:
        yield kinds.MinDistance(message.min_distance)


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


def _forbidden(
    given: Sequence[str], vocabulary: Vocabulary, validator: Validator
) -> tuple[tuple[int, ...], ...]:
    """Return the distinct forbidden names as ids, without names too long to be drawn."""
    most, most_characters = limits.MAX_FORBIDDEN_NAMES, limits.MAX_FORBIDDEN_CHARACTERS
    validator.require(
        len(given) <= most,
        "constraint.forbidden",
        f"{len(given)} names, at most {most} are allowed",
    )
    characters = sum(map(len, given[:most]))
    if characters > most_characters:
        validator.fail(
            "constraint.forbidden",
            f"{characters} characters, at most {most_characters} are allowed",
        )
        return ()
    encoded: dict[tuple[int, ...], None] = {}
    ids_of = defaultdict(int, vocabulary.ids).__getitem__  # END for an unknown character
    for i, name in enumerate(given[:most]):
        field = f"constraint.forbidden[{i}]"
        if len(name) > limits.MAX_TEXT_CHARACTERS:
            validator.fail(
                field,
                f"{len(name)} characters, at most {limits.MAX_TEXT_CHARACTERS} are allowed",
            )
            continue
        word = tuple(map(ids_of, vocabulary.normalise(name)))
        encoded[word] = None
        if END in word:
            validator.encode(field, name, vocabulary)
        if len(validator.violations) >= MAX_VIOLATIONS:
            break
    return tuple(name for name in encoded if len(name) <= limits.MAX_LENGTH)
