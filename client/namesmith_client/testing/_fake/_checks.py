"""The checks of a request, which are a server's: every field at fault is told in one error."""

from collections.abc import Sequence
from typing import NamedTuple

from namesmith import limits, pattern
from namesmith.quoting import shown
from namesmith.v1 import models_pb2, names_pb2
from namesmith.vocabulary import END, UnknownCharacterError
from namesmith_client.errors import FieldViolation
from namesmith_client.testing._fake._distribution import VOCABULARY
from namesmith_client.testing._fake._language import Rest, pattern_of
from namesmith_client.testing._fake._refusals import invalid, invalid_field


class Texts(NamedTuple):
    """The bounds of a list of texts: how many, of how many characters, and the words for these."""

    most: int
    allowed: str
    longest: int
    least: int = 0
    characters: int = 0
    noun: str = "texts"
    refuses_unknown: bool = True


FORBIDDEN = Texts(
    limits.MAX_FORBIDDEN_NAMES,
    f"at most {limits.MAX_TEXT_CHARACTERS}",
    limits.MAX_TEXT_CHARACTERS,
    characters=limits.MAX_FORBIDDEN_CHARACTERS,
    noun="names",
)

EXCLUDES = Texts(
    limits.MAX_EXCLUDED_TEXTS,
    f"1 to {limits.MAX_EXCLUDED_TEXT_CHARACTERS}",
    limits.MAX_EXCLUDED_TEXT_CHARACTERS,
    least=1,
    characters=limits.MAX_EXCLUDED_CHARACTERS,
    refuses_unknown=False,
)


class Checks:
    """The violations of one request."""

    def __init__(self) -> None:
        self._found: list[FieldViolation] = []

    def require(self, holds: bool, field: str, description: str) -> None:  # noqa: FBT001 - a check
        """Add a violation unless a condition holds."""
        if not holds:
            self._found.append(FieldViolation(field, description))

    def in_range(self, field: str, value: float, low: float, high: float) -> None:
        """Add a violation unless low <= value <= high."""
        self.require(low <= value <= high, field, f"{value} is not in [{low}, {high}]")

    def text(self, field: str, text: str) -> str:
        """Return a text normalised; add a violation where a character is unknown."""
        try:
            VOCABULARY.encode(text)
        except UnknownCharacterError as error:
            known = shown("".join(VOCABULARY.symbols[END + 1 :]))
            self.require(False, field, f"{error}: {known}")  # noqa: FBT003 - it does not hold
        return VOCABULARY.normalise(text)

    def end(self) -> None:
        """Raise an InvalidArgumentError that holds every violation, if there is one."""
        if self._found:
            raise invalid(self._found)


def check_filter(request: models_pb2.ListModelsRequest) -> None:
    """Check the filter of a list of models; raise its violations."""
    checks, most = Checks(), limits.MAX_DATA_LABEL_CHARACTERS
    labels, allowed = len(request.data_labels), limits.MAX_DATA_LABELS
    checks.require(
        labels <= allowed, "data_labels", f"{labels} labels, at most {allowed} are allowed"
    )
    pairs = request.data_labels.items()
    longest = max((len(text) for pair in pairs for text in pair), default=0)
    wrong = f"a key or a value of {longest} characters, at most {most} are allowed"
    checks.require(longest <= most, "data_labels", wrong)
    size, most = len(request.licence), limits.MAX_LICENCE_CHARACTERS
    checks.require(size <= most, "licence", f"{size} characters, at most {most} are allowed")
    checks.end()


def check_sampling(sampling: names_pb2.Sampling, checks: Checks) -> None:
    """Check the fields of a sampling."""
    if sampling.HasField("temperature"):
        checks.in_range("sampling.temperature", sampling.temperature, 0, limits.MAX_TEMPERATURE)
    checks.in_range("sampling.top_k", sampling.top_k, 0, len(VOCABULARY))
    top_p = sampling.top_p if sampling.HasField("top_p") else 1.0
    checks.require(0 < top_p <= 1, "sampling.top_p", f"{top_p} is not in (0, 1]")
    checks.in_range("sampling.min_p", sampling.min_p, 0, 1)


def check_constraint(constraint: names_pb2.Constraint, checks: Checks) -> None:
    """Check the fields of a constraint, but its pattern."""
    longest = max_length(constraint)
    checks.in_range("constraint.max_length", longest, 1, limits.MAX_LENGTH)
    _check_part("prefix", constraint.prefix, longest, checks)
    if constraint.HasField("min_length"):
        fits = 0 <= constraint.min_length <= longest
        wrong = f"{constraint.min_length} is not in [0, max_length = {longest}]"
        checks.require(fits, "constraint.min_length", wrong)
    _check_part("suffix", constraint.suffix, longest, checks)
    _check_part("contains", constraint.contains, longest, checks)
    _check_texts("forbidden", constraint.forbidden, FORBIDDEN, checks)
    _check_texts("excludes", constraint.excludes, EXCLUDES, checks)
    alternatives = Texts(limits.MAX_ALTERNATIVES, f"at most max_length = {longest}", longest)
    _check_texts("starts_with_any", constraint.starts_with_any, alternatives, checks)
    _check_texts("ends_with_any", constraint.ends_with_any, alternatives, checks)
    checks.in_range("constraint.min_distance", constraint.min_distance, 0, limits.MAX_MIN_DISTANCE)


def max_length(constraint: names_pb2.Constraint) -> int:
    """Return the largest length of a constraint."""
    given = constraint.HasField("max_length")
    return constraint.max_length if given else limits.DEFAULT_MAX_LENGTH


def pattern_rest(text: str, field: str = "pattern") -> Rest:
    """Return the pattern of a field as the parts of its syntax tree.

    Raises:
        InvalidArgumentError: the text is no pattern.
    """
    try:
        return pattern_of(pattern.read_pattern(text, VOCABULARY))
    except pattern.PatternSyntaxError as error:
        raise invalid_field(f"constraint.{field}", str(error)) from None


def check_names(names: list[str], before: int = 0) -> None:
    """Check names that are scored, behind ``before`` others of their call.

    Raises:
        InvalidArgumentError: there are too many names, a name is too long, or a character unknown.
    """
    checks = Checks()
    check_size(names, checks, before)
    checks.end()
    for i, name in enumerate(names, before):
        checks.text(f"names[{i}]", name)
        checks.end()


def check_size(names: list[str], checks: Checks, before: int = 0) -> None:
    """Check the number of names, and their lengths, behind ``before`` others of their call."""
    most, longest = limits.MAX_SCORED_NAMES, limits.MAX_TEXT_CHARACTERS
    told = f"{len(names)} names, 1 to {most} are allowed"
    checks.require(1 <= len(names) <= most, "names", told)
    if 1 <= len(names) <= most:
        at = max(range(len(names)), key=lambda i: len(names[i]))
        told = f"{len(names[at])} characters, at most {longest} are allowed"
        checks.require(len(names[at]) <= longest, f"names[{before + at}]", told)


def _check_part(field: str, text: str, longest: int, checks: Checks) -> None:
    if len(text) <= limits.MAX_TEXT_CHARACTERS:
        checks.text(f"constraint.{field}", text)
    told = f"{len(text)} characters, at most max_length = {longest} are allowed"
    checks.require(len(text) <= longest, f"constraint.{field}", told)


def _check_texts(field: str, given: Sequence[str], bounds: Texts, checks: Checks) -> None:
    told = f"{len(given)} {bounds.noun}, at most {bounds.most} are allowed"
    checks.require(len(given) <= bounds.most, f"constraint.{field}", told)
    texts = list(given[: bounds.most])
    characters = sum(map(len, texts))
    if bounds.characters and characters > bounds.characters:
        told = f"{characters} characters, at most {bounds.characters} are allowed"
        checks.require(False, f"constraint.{field}", told)  # noqa: FBT003 - it does not hold
        return
    for i, text in enumerate(texts):
        at, size = f"constraint.{field}[{i}]", len(VOCABULARY.normalise(text))
        if not bounds.least <= size <= bounds.longest:
            told = f"{size} characters, {bounds.allowed} are allowed"
            checks.require(False, at, told)  # noqa: FBT003 - it does not hold
        elif bounds.refuses_unknown:
            checks.text(at, text)
