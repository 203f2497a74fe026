"""The lists of texts of a constraint: checked, normalised and encoded, thousands at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from namesmith import limits
from namesmith.vocabulary import Vocabulary
from namesmith_server.engine import Codec, EncodedNames
from namesmith_server.grpc.converters.validator import Validator

MAX_VIOLATIONS = 16
"""Number of violations of one request at which the check of a list ends."""


@dataclass(frozen=True)
class TextList:
    """The bounds of a list of texts.

    Attributes:
        field: name of the field of the constraint.
        most: largest number of texts.
        characters: largest number of characters of all texts together; 0: any number.
        least: least number of characters of a text.
        longest: largest number of characters of a text; 0: the constraint's ``max_length``.
        noun: plural noun of the texts, for messages.
        drops_unknown: whether a text with a character outside the vocabulary is left out, and not
            refused.
    """

    field: str
    most: int
    characters: int = 0
    least: int = 0
    longest: int = limits.MAX_TEXT_CHARACTERS
    noun: str = "texts"
    drops_unknown: bool = False

    def allowed(self, max_length: int) -> str:
        """Return the words for the numbers of characters of a text."""
        if not self.longest:
            return f"at most max_length = {max_length}"
        return f"{self.least} to {self.longest}" if self.least else f"at most {self.longest}"


FORBIDDEN = TextList(
    "forbidden", limits.MAX_FORBIDDEN_NAMES, limits.MAX_FORBIDDEN_CHARACTERS, noun="names"
)

EXCLUDES = TextList(
    "excludes",
    limits.MAX_EXCLUDED_TEXTS,
    limits.MAX_EXCLUDED_CHARACTERS,
    least=1,
    longest=limits.MAX_EXCLUDED_TEXT_CHARACTERS,
    drops_unknown=True,
)

STARTS_WITH_ANY = TextList("starts_with_any", limits.MAX_ALTERNATIVES, longest=0)

ENDS_WITH_ANY = TextList("ends_with_any", limits.MAX_ALTERNATIVES, longest=0)

TEXT_LISTS = FORBIDDEN, EXCLUDES, STARTS_WITH_ANY, ENDS_WITH_ANY
"""Every list of texts of a constraint."""


def encode_texts(
    given: Sequence[str],
    bounds: TextList,
    max_length: int,
    vocabulary: Vocabulary,
    validator: Validator,
) -> EncodedNames:
    """Return the distinct texts of a list that names can hold; add violations to the validator.

    Args:
        given: the texts as they were sent.
        bounds: bounds of the list.
        max_length: largest number of characters of a name.
        vocabulary: symbols of the model.
        validator: collects the violations.
    """
    codec = Codec(vocabulary)
    texts: dict[str, None] = {}
    known = frozenset(vocabulary.ids)
    for i, text in enumerate(_readable(given, bounds, validator)):
        if len(validator.violations) >= MAX_VIOLATIONS:
            break
        at, normal = f"constraint.{bounds.field}[{i}]", text
        if len(text) <= limits.MAX_TEXT_CHARACTERS:
            normal = vocabulary.normalise(text)
        if not bounds.least <= len(normal) <= (bounds.longest or max_length):
            validator.fail(
                at, f"{len(normal)} characters, {bounds.allowed(max_length)} are allowed"
            )
        elif known.issuperset(normal):
            texts[normal] = None
        elif not bounds.drops_unknown:
            validator.encode(at, text, vocabulary)
    return codec.encode([text for text in texts if len(text) <= limits.MAX_LENGTH])


def _readable(given: Sequence[str], bounds: TextList, validator: Validator) -> Sequence[str]:
    """Return the texts of a list that are looked at one by one; none of one that is too long.

    A list of too many texts or characters is a violation.
    """
    field = f"constraint.{bounds.field}"
    told = f"{len(given)} {bounds.noun}, at most {bounds.most} are allowed"
    validator.require(len(given) <= bounds.most, field, told)
    readable = given[: bounds.most]
    characters = sum(map(len, readable))
    if bounds.characters and characters > bounds.characters:
        told = f"{characters} characters, at most {bounds.characters} are allowed"
        validator.fail(field, told)
        return ()
    return readable
