r"""The syntax of patterns, ``Constraint.pattern``: a text becomes a tree over symbol ids.

    alternation   = concatenation { "|" concatenation }
    concatenation = { repeat }
    repeat        = atom [ ( "*" | "+" | "?" | "{2}" | "{2,}" | "{2,4}" ) [ "?" ] ]
    atom          = character | "\" punctuation | "." | "[" [ "^" ] member { member } "]"
                  | ( "(" | "(?:" ) alternation ")"
    member        = character [ "-" character ]

Every token outside this grammar is refused with its text, its position and the reason.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from namesmith.limits import MAX_PATTERN_CHARACTERS, MAX_PATTERN_DEPTH, MAX_PATTERN_POSITIONS
from namesmith.pattern.tree import (
    Alternation,
    CharacterClass,
    Concatenation,
    Repeat,
    count_positions,
)
from namesmith.quoting import shown
from namesmith.vocabulary import END, Vocabulary


class PatternSyntaxError(ValueError):
    """A text that is no pattern; the message says where and why."""


TOKEN = re.compile(
    r"(?P<count>\{[^{}]*\})|(?P<extension>\(\?(?!:))|(?P<open>\((?:\?:)?)|(?P<close>\))"
    r"|(?P<class>\[\^?(?:\\.|[^\]\\])*\])|(?P<unclosed>\[\^?(?:\\.|[^\]\\])*)|(?P<escape>\\.?)"
    r"|(?P<anchor>[\^$])|(?P<many>[*+?])|(?P<or>\|)|(?P<any>\.)|(?P<brace>[]{}])|(?P<character>.)",
    re.DOTALL,
)
"""One token of a pattern; every text is a sequence of tokens without a gap."""

MEMBER = re.compile(r"(?P<low>\\?.)(?:-(?P<high>\\.|[^\\]))?", re.DOTALL)
"""One member of a class, a character or a range; a first or last hyphen is a character."""

BOUNDS = re.compile(r"\{(?P<least>[0-9]+)(?P<to>,(?P<most>[0-9]+)?)?\}")
"""The bounds of a counted repetition: ``{2}``, ``{2,}`` or ``{2,4}``."""

REPETITIONS = frozenset({"many", "count"})
"""The kinds of token that repeat the atom before them."""

SHORT_BOUNDS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
"""The least and the most times that each one-character repetition stands for."""

REFUSED = {
    "extension": "groups with an extension, such as look-around, are not allowed",
    "unclosed": "the class is not closed",
    "anchor": "anchors are not allowed, a pattern always matches the whole name",
    "brace": "a bracket that opens or closes nothing",
    "many": "there is nothing to repeat",
    "count": "there is nothing to repeat",
}
"""The reason why each kind of token cannot begin an atom."""


def read_pattern(pattern: str, vocabulary: Vocabulary) -> Alternation:
    """Normalise a pattern as names are, and parse it into its syntax tree.

    Raises:
        PatternSyntaxError: the pattern is no regular expression over the vocabulary, or larger than
            ``namesmith.limits`` allow.
    """
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise PatternSyntaxError(
            f"{len(pattern)} characters, at most {MAX_PATTERN_CHARACTERS} are allowed"
        )
    tree = parse_pattern(vocabulary.normalise(pattern), vocabulary)
    positions = count_positions(tree)
    if positions > MAX_PATTERN_POSITIONS:
        raise PatternSyntaxError(
            f"{_rounded(positions)} characters with their repetitions, at most"
            f" {MAX_PATTERN_POSITIONS} are allowed"
        )
    return tree


def parse_pattern(pattern: str, vocabulary: Vocabulary) -> Alternation:
    """Parse a normalised pattern into its syntax tree.

    Raises:
        PatternSyntaxError: the pattern is no regular expression, nests groups deeper than
            ``MAX_PATTERN_DEPTH`` or holds characters outside the vocabulary.
    """
    return _Parser(pattern, vocabulary).parse()


class _Token(NamedTuple):
    """A piece of a pattern; ``kind`` is its group in ``TOKEN``, or "end" behind the last piece."""

    kind: str
    text: str
    position: int


class _Parser:
    """A recursive descent through the tokens of one pattern, one method a rule of the grammar."""

    def __init__(self, pattern: str, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._all = frozenset(range(END + 1, len(vocabulary)))  # ids that a name can hold
        self._tokens = _tokens(pattern)
        self._next = next(self._tokens)
        self._depth = 0  # groups that are open

    def parse(self) -> Alternation:
        """Parse the whole pattern; raise the errors of ``parse_pattern``."""
        tree = self._alternation()
        if self._next.kind == "close":
            raise _refusal(")", self._next.position, "it closes no group")
        return tree

    def _take(self) -> _Token:
        token = self._next
        self._next = next(self._tokens)
        return token

    def _alternation(self) -> Alternation:
        choices = [self._concatenation()]
        while self._next.kind == "or":
            self._take()
            choices.append(self._concatenation())
        return Alternation(tuple(dict.fromkeys(choices)))

    def _concatenation(self) -> Concatenation:
        parts = []
        while self._next.kind not in {"or", "close", "end"}:
            parts.append(self._repeat())
        return Concatenation(tuple(parts))

    def _repeat(self) -> Repeat:
        atom = self._atom()
        if self._next.kind not in REPETITIONS:
            return Repeat(atom, 1, 1)
        least, most = _bounds(self._take())
        if self._next.text == "?":  # a lazy repetition matches the same names
            self._take()
        if self._next.kind in REPETITIONS:
            why = "there is nothing to repeat but a repetition, which needs a group around it"
            raise _refusal(self._next.text, self._next.position, why)
        return Repeat(atom, least, most)

    def _atom(self) -> CharacterClass | Alternation:
        token = self._take()
        match token.kind:
            case "open":
                return self._group(token.position)
            case "class":
                return self._class(token)
            case "any":
                return CharacterClass(self._all)
            case "character" | "escape":
                return CharacterClass(frozenset({self._symbol(token.text, token.position)}))
        raise _refusal(token.text, token.position, REFUSED[token.kind])

    def _group(self, position: int) -> Alternation:
        self._depth += 1
        if self._depth > MAX_PATTERN_DEPTH:
            raise PatternSyntaxError(
                f"groups nest deeper than {MAX_PATTERN_DEPTH} at position {position}"
            )
        tree = self._alternation()
        if self._next.kind == "end":
            raise _refusal("(", position, "the group is not closed")
        self._take()
        self._depth -= 1
        return tree

    def _class(self, token: _Token) -> CharacterClass:
        text = token.text
        negated = text.startswith("[^")
        members = list(MEMBER.finditer(text, 2 if negated else 1, len(text) - 1))
        if not members:
            raise _refusal(text, token.position, "a class holds one character at least")
        symbols = frozenset[int]().union(*(self._member(one, token.position) for one in members))
        return CharacterClass(self._all - symbols if negated else symbols)

    def _member(self, member: re.Match[str], position: int) -> frozenset[int]:
        """Return the ids of a member of the class that begins at a position."""
        low = self._symbol(member["low"], position + member.start("low"))
        if member["high"] is None:
            return frozenset({low})
        high = self._symbol(member["high"], position + member.start("high"))
        symbols = self._vocabulary.symbols
        first, last = symbols[low], symbols[high]
        if last < first:
            why = "the bounds of a range are in the wrong order"
            raise _refusal(member.group(), position + member.start(), why)
        return frozenset(i for i in self._all if first <= symbols[i] <= last)

    def _symbol(self, text: str, position: int) -> int:
        """Return the id of the symbol that a character or an escape stands for."""
        character = text[-1]
        if text[0] == "\\" and (len(text) == 1 or character.isalnum()):
            why = "only punctuation can be escaped; back-references and the like are not allowed"
            raise _refusal(text, position, why)
        symbol = self._vocabulary.ids.get(character)
        if symbol is None:
            known = shown("".join(self._vocabulary.symbols[END + 1 :]))
            raise PatternSyntaxError(
                f"character {character!r} at position {position + len(text) - 1} is not in the"
                f" vocabulary: {known}"
            )
        return symbol


def _tokens(pattern: str) -> Iterator[_Token]:
    for match in TOKEN.finditer(pattern):
        yield _Token(match.lastgroup or "", match.group(), match.start())
    yield _Token("end", "", len(pattern))


def _bounds(token: _Token) -> tuple[int, int | None]:
    """Return the least and the most times that a repetition stands for."""
    if token.kind == "many":
        return SHORT_BOUNDS[token.text]
    bounds = BOUNDS.fullmatch(token.text)
    if bounds is None:
        why = "a repetition is written as {2}, {2,} or {2,4}"
        raise _refusal(token.text, token.position, why)
    least = int(bounds["least"])
    if bounds["most"] is None:
        return least, None if bounds["to"] else least
    if int(bounds["most"]) < least:
        why = "the bounds of a repetition are in the wrong order"
        raise _refusal(token.text, token.position, why)
    return least, int(bounds["most"])


def _refusal(text: str, position: int, why: str) -> PatternSyntaxError:
    return PatternSyntaxError(f"{shown(text)} at position {position}: {why}")


def _rounded(count: int) -> str:
    return str(count) if count < 10**9 else "more than 10^9"
